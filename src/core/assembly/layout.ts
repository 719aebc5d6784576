import { bump } from "./memory";

/**
 * Histogram layouts, shared by all cells of a tally: u32 extra mantissa bits (0 = 2 digits, 3 = 3 digits), u32 number
 * of classic thresholds, then a pointer to them. Layout 0 always exists.
 */
const LAYOUTS_MAX: u32 = 4096;
const table = memory.data(4096 * 16, 16);

/** Room for `thresholds` float64 numbers, to be filled by the caller; 0 when there is none. */
export function defineLayout(layout: u32, extraBits: u32, thresholds: u32): usize {
  if (layout >= LAYOUTS_MAX) return 0;
  const at = bump(thresholds << 3);
  const row = table + (layout << 4);
  store<u32>(row, extraBits);
  store<u32>(row, thresholds, 4);
  store<u32>(row, <u32>at, 8);
  return at;
}

@inline
export function extraBitsOf(layout: u32): u32 {
  return load<u32>(table + (layout << 4));
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
