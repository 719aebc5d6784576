import type { Origin } from "../model/origin.ts";
import { parseOrigin } from "./origin.ts";
import { cutTags } from "./text.ts";

/** An integer as Go's `strconv.ParseInt` reads it in base 10: leading zeros are nothing. */
const INTEGER = /^[+-]?\d+$/;

/** The optional fields that events and service checks share, by what they start with. */
export interface Fields {
  /** Texts after `d:`, `h:`, `k:`, `p:`, `s:`, `t:` or `m:`, by that letter, in their order: the last that can be read counts. */
  readonly letters: ReadonlyMap<string, readonly string[]>;
  /** Those of the last tag section. */
  readonly tags: readonly string[];
  /** What `c:`, `e:` and `card:` say; undefined where there are none. */
  readonly origin: Origin | undefined;
}

/**
 * Fields in any order, those of the letters `known`; unknown and empty ones are ignored; of a repeated field, tags included, the
 * last counts, but one that cannot be read is passed over (DogStatsD Agent, `parse_events.go` and
 * `parse_service_checks.go`).
 */
export function parseFields(fields: readonly string[], known: string): Fields {
  const letters = new Map<string, string[]>();
  let section = "";
  for (const field of fields) {
    const letter = field.charAt(0);
    if (letter === "#") section = field.slice(1);
    if (field[1] !== ":" || !known.includes(letter)) continue;
    const texts = letters.get(letter);
    if (texts === undefined) letters.set(letter, [field.slice(2)]);
    else texts.push(field.slice(2));
  }
  return { letters, tags: cutTags(section), origin: parseOrigin(fields) };
}

/** Of a field that may say anything; "" when it is absent. */
export function lastText(texts: readonly string[] = []): string {
  return texts.at(-1) ?? "";
}

/** Unix seconds of the `d:` fields; null (= when it was received) when there is none, or it is 0. */
export function parseDate(texts: readonly string[] = []): number | null {
  return texts.map(parseInteger).findLast((seconds) => seconds !== undefined) || null;
}

/** A whole number with an optional sign; undefined for anything else, also beyond ±2^53 where numbers are not exact. */
export function parseInteger(text: string): number | undefined {
  if (!INTEGER.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The last of `texts` that is one of `choices`, else `fallback`: a word that nobody knows does not cost the event. */
export function choose<Choice extends string>(
  texts: readonly string[] = [],
  choices: readonly Choice[],
  fallback: Choice,
): Choice {
  const known = texts.map((text) => choices.find((choice) => choice === text));
  return known.findLast((choice) => choice !== undefined) ?? fallback;
}
