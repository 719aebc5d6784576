/**
 * What a tally has counted since it was made: float64 slots (exact to 2^53) in static memory, read by the wrapper as
 * one array. The slot numbers are repeated in `core/counters.ts`.
 */
const SLOTS = memory.data(64 * 8, 16);

export const LINES: u32 = 0;
export const ACCEPTED: u32 = 1;
export const RATES_CLAMPED: u32 = 2;
export const OVERFLOWED: u32 = 3;
export const BINDS: u32 = 4;
export const SPECIALS: u32 = 5; // + type: event, service check, timestamped
export const SAMPLES: u32 = 8; // + kind code, six of them
export const LINES_MIXED: u32 = 14;
/** Samples that were merged into cells that lead nowhere. */
export const SAMPLES_LOST: u32 = 15;
export const REJECTED: u32 = 16; // + reason
export const LIMITED: u32 = 32; // + reason

@inline
export function count(slot: u32): void {
  add(slot, 1);
}

@inline
export function add(slot: u32, n: f64): void {
  const at = SLOTS + (slot << 3);
  store<f64>(at, load<f64>(at) + n);
}

@inline
export function total(slot: u32): f64 {
  return load<f64>(SLOTS + (slot << 3));
}

export function statsOffset(): usize {
  return SLOTS;
}
