import { parseDecimal } from "../std/decimal.ts";

const NOT_FINITE = /^(?:nan|[+-]?inf(?:inity)?)$/i;

/**
 * The numbers that the core's fast path leaves: exponents, more than 19 digits, words. Grammar: DogStatsD as the Agent
 * reads it, without what only Go's parser accepts (`1_000`, `0x1p4`). NaN where the text is no number; infinite where it is one that is not finite (`1e400`, `Inf`,
 * `NaN`).
 */
export function parseOddNumber(text: string): number {
  return parseDecimal(text) ?? (NOT_FINITE.test(text) ? Number.POSITIVE_INFINITY : Number.NaN);
}
