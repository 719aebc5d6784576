import type { Origin } from "../model/origin.ts";
import { parseOrigin } from "./origin.ts";
import { decodeTags, decodeText, splitBytes } from "./text.ts";

const PIPE = 0x7c;
const HASH = 0x23;

/** An int64 as Go's `strconv.ParseInt` reads it in base 10. */
const INTEGER = /^[+-]?\d{1,19}$/;

/** The optional fields that events and service checks share, by what they start with; a later field replaces an earlier one. */
export interface Fields {
  /** Text after `d:`, `h:`, `k:`, `p:`, `s:`, `t:` or `m:`, by that letter. */
  readonly letters: ReadonlyMap<string, string>;
  readonly tags: readonly string[];
  /** What `c:`, `e:` and `card:` say; undefined where there are none. */
  readonly origin: Origin | undefined;
}

/**
 * Reads `field|field|…`. Fields in any order; unknown and empty ones are ignored; a repeated field, tags included,
 * replaces the one before (DogStatsD Agent, `parse_events.go` and `parse_service_checks.go`).
 */
export function parseFields(bytes: Uint8Array, known: string): Fields {
  const letters = new Map<string, string>();
  let tags: readonly string[] = [];
  for (const field of splitBytes(bytes, PIPE)) {
    if (field[0] === HASH) {
      tags = decodeTags(field.subarray(1));
      continue;
    }
    const text = decodeText(field);
    if (text[1] === ":" && known.includes(text.charAt(0))) letters.set(text.charAt(0), text.slice(2));
  }
  return { letters, tags, origin: parseOrigin(bytes) };
}

/** Unix seconds of a `d:` field; null (= when it was received) when it is absent, 0 or no whole number. */
export function parseDate(text: string | undefined): number | null {
  const seconds = text === undefined ? undefined : parseInteger(text);
  return seconds === undefined || seconds === 0 ? null : seconds;
}

/** A whole number with an optional sign; undefined for anything else, also beyond ±2^53 where numbers are not exact. */
export function parseInteger(text: string): number | undefined {
  if (!INTEGER.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** `text`, when it is one of `choices`; otherwise `fallback`: a word that nobody knows does not cost the event. */
export function choose<Choice extends string>(
  text: string | undefined,
  choices: readonly Choice[],
  fallback: Choice,
): Choice {
  return choices.find((choice) => choice === text) ?? fallback;
}
