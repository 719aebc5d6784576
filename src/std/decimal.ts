/** No two parts can match the same digit, so that a run of 65,000 of them is refused in linear time. */
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * The number that a text is in decimal notation, correctly rounded (infinite where it is too large); undefined for all
 * else. `Number()` alone would also read blanks, `0x10` and `Infinity`.
 */
export function parseDecimal(text: string): number | undefined {
  return DECIMAL.test(text) ? Number(text) : undefined;
}
