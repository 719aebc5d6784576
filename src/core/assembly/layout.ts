import { bump } from "./memory";
import { ageMs, ages } from "./settings";

/**
 * Histogram layouts, shared by all cells of a tally: u8 extra mantissa bits (0 = 2 digits, 3 = 3 digits), u8 age buckets
 * of a window of its own (0 = the tally's window), two bytes of nothing, u32 number of classic thresholds, a pointer to
 * them, u32 ms that one age bucket covers. Layout 0 always exists.
 */
const LAYOUTS_MAX: u32 = 4096;
const table = memory.data(4096 * 16, 16);

/** Room for `thresholds` float64 numbers, to be filled by the caller; 0 when there is none. */
export function defineLayout(layout: u32, extraBits: u32, thresholds: u32, ownAges: u32, ownAgeMs: u32): usize {
  if (layout >= LAYOUTS_MAX) return 0;
  const at = bump(thresholds << 3);
  const row = table + (layout << 4);
  store<u8>(row, <u8>extraBits);
  store<u8>(row, <u8>ownAges, 1);
  store<u32>(row, thresholds, 4);
  store<u32>(row, <u32>at, 8);
  store<u32>(row, ownAgeMs, 12);
  return at;
}

@inline
export function extraBitsOf(layout: u32): u32 {
  return load<u8>(table + (layout << 4));
}

/** Age buckets of a histogram; 1 in a tally without a window, whatever the layout says. */
@inline
export function agesOf(layout: u32): u32 {
  if (ageMs == 0) return 1;
  const own: u32 = load<u8>(table + (layout << 4), 1);
  return own == 0 ? ages : own;
}

/** What one age bucket covers, in ms. Only of use in a tally with a window. */
@inline
export function ageMsOf(layout: u32): f64 {
  const row = table + (layout << 4);
  return load<u8>(row, 1) == 0 ? ageMs : <f64>load<u32>(row, 12);
}

@inline
export function thresholdsOf(layout: u32): u32 {
  return load<u32>(table + (layout << 4), 4);
}

/** Index of the first threshold that is ≥ value; the number of thresholds when there is none. */
export function boundIndex(layout: u32, value: f64): u32 {
  const row = table + (layout << 4);
  const at = <usize>load<u32>(row, 8);
  let low: u32 = 0;
  let high = load<u32>(row, 4);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<f64>(at + (middle << 3)) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
