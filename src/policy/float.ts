const VALUE = new Float64Array(1);
const BITS = new BigInt64Array(VALUE.buffer);

/** The smallest float64 above `value`; infinity stays, NaN stays. */
export function nextUp(value: number): number {
  if (Number.isNaN(value) || value === Infinity) return value;
  if (value === 0) return Number.MIN_VALUE;
  VALUE[0] = value;
  // Read as integers, the positive floats are in order, and the negative ones are in reverse order.
  BITS[0] = (BITS[0] as bigint) + (value > 0 ? 1n : -1n);
  return VALUE[0];
}

/** The largest float64 below `value`. */
export function nextDown(value: number): number {
  return -nextUp(-value);
}
