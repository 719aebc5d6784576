/**
 * The numbers that the core's fast path leaves: exponents, more than 19 digits, words. Grammar: DogStatsD as the Agent
 * reads it, without what only Go's parser accepts (`1_000`, `0x1p4`).
 */
// No two parts can match the same digit, so that 65,000 of them are refused in linear time.
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const NOT_FINITE = /^(?:nan|[+-]?inf(?:inity)?)$/i;

/** NaN where the text is no number; infinite where it is one that is not finite (`1e400`, `Inf`, `NaN`). */
export function parseOddNumber(text: string): number {
  // The grammar has been checked: what is left for Number() is the correctly rounded conversion.
  if (DECIMAL.test(text)) return Number(text);
  return NOT_FINITE.test(text) ? Number.POSITIVE_INFINITY : Number.NaN;
}
