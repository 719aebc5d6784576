/**
 * What a tally has counted since it was made: slots of 64 bits in static memory, read by the wrapper one by one. The slot
 * numbers are repeated in `core/counters.ts`.
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
export function add(slot: u32, n: u64): void {
  const at = SLOTS + (slot << 3);
  store<u64>(at, load<u64>(at) + n);
}

@inline
export function linesRead(): u64 {
  return load<u64>(SLOTS + (LINES << 3));
}

/** Exact up to 2^53. */
export function total(slot: u32): f64 {
  return <f64>load<u64>(SLOTS + (slot << 3));
}
