import { formatBytes, parseBytes } from "../std/bytes.ts";
import { parseDecimal } from "../std/decimal.ts";
import { formatDuration, parseDuration } from "../std/duration.ts";
import { nearest } from "../std/nearest.ts";
import type { Result } from "../std/result.ts";
import type { Range } from "./limits.ts";

/** What is wrong with one value, and what to write instead. Neither repeats the value, which may be a secret. */
export interface Problem {
  readonly problem: string;
  readonly remedy: string;
  /** For a list: which entry. */
  readonly index?: number;
}

/** Turns what a file, a flag or the environment gave (a string, number, boolean or list) into a value. */
export type Read<Value> = (given: unknown) => Result<Value, readonly Problem[]>;

export function good<Value>(value: Value): Result<Value, never> {
  return { ok: true, value };
}

export function bad(problem: string, remedy: string): Result<never, readonly Problem[]> {
  return { ok: false, error: [{ problem, remedy }] };
}

/** One key of the configuration. */
export interface Key<Value> {
  readonly read: Read<Value>;
  /** As a user would write it; undefined = none. */
  readonly byDefault: string | readonly string[] | undefined;
  /** What it does. */
  readonly help: string;
}

/** Keys below a common name. */
export interface Group<Members extends Keys> {
  readonly members: Members;
  readonly help: string;
}

export interface Keys {
  readonly [name: string]: Key<unknown> | Group<Keys>;
}

/** What keys are read into. */
export type Values<Members extends Keys> = {
  -readonly [Name in keyof Members]: Members[Name] extends Group<infer Inner>
    ? Values<Inner>
    : Members[Name] extends Key<infer Value>
      ? Value
      : never;
};

export function key<Value>(read: Read<Value>, byDefault: string | readonly string[], help: string): Key<Value> {
  return { read, byDefault, help };
}

/** A key without a default. */
export function optionalKey<Value>(read: Read<Value>, help: string): Key<Value | undefined> {
  return { read, byDefault: undefined, help };
}

/** Absent means every key's default. */
export function group<Members extends Keys>(members: Members, help: string): Group<Members> {
  return { members, help };
}

/** Whatever was given, for a reader that comes later. */
export const anything: Read<unknown> = (given) => good(given);

/** Non-empty text. */
export function text(remedy: string): Read<string> {
  return (given) => {
    // A key such as 0123 or 1e5 is a number to YAML, and reading it back as text would change it.
    if (typeof given === "number") return bad("is read as a number", "put it in quotes");
    const value = typeof given === "string" ? given.trim() : "";
    return value === "" ? bad("is not a text", remedy) : good(value);
  };
}

function readNumber(given: unknown): number | undefined {
  const value = typeof given === "string" ? parseDecimal(given.trim()) : given;
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function decimal(range: Range): Read<number> {
  return (given) => {
    const value = readNumber(given);
    if (value === undefined) return bad("is not a number", `write a number from ${range.min} to ${range.max}`);
    return within(value, range, String);
  };
}

export function whole(range: Range): Read<number> {
  return (given) => {
    const value = readNumber(given);
    const remedy = `write a whole number from ${range.min} to ${range.max}`;
    return value === undefined || !Number.isInteger(value)
      ? bad("is not a whole number", remedy)
      : within(value, range, String);
  };
}

/** Milliseconds. `zero` says what `0` means where it is allowed beside the range. */
export function duration(range: Range, zero?: string): Read<number> {
  return (given) => {
    const value = given === 0 ? 0 : typeof given === "string" ? parseDuration(given.trim()) : undefined;
    const unit = "write a number with its unit: 500ms, 10s, 5m, 1h or 7d";
    if (value === undefined) {
      const withoutUnit = readNumber(given) !== undefined;
      return bad(
        withoutUnit ? "has no unit" : "is not a duration",
        withoutUnit ? `${unit} (${String(given).trim()}s for seconds)` : unit,
      );
    }
    if (value === 0 && zero !== undefined) return good(0);
    return within(value, range, formatDuration, zero === undefined ? "" : `, or 0 for ${zero}`);
  };
}

export function bytes(range: Range): Read<number> {
  return (given) => {
    const value = typeof given === "string" || typeof given === "number" ? parseBytes(String(given).trim()) : undefined;
    if (value === undefined) return bad("is not a size", "write bytes, or a number with its unit: 64KiB, 4MiB");
    return within(value, range, formatBytes);
  };
}

function within(
  value: number,
  range: Range,
  show: (value: number) => string,
  also = "",
): Result<number, readonly Problem[]> {
  const remedy = `write ${show(range.min)} to ${show(range.max)}${also}`;
  if (value < range.min) return bad("is too small", remedy);
  if (value > range.max) return bad("is too large", remedy);
  return good(value);
}

const YES = new Set(["true", "yes", "on", "1"]);
const NO = new Set(["false", "no", "off", "0"]);

export const flag: Read<boolean> = (given) => {
  const word = String(given).trim().toLowerCase();
  if (YES.has(word)) return good(true);
  return NO.has(word) ? good(false) : bad("is neither true nor false", "write true or false");
};

/** One of some words, whatever their case; `aliases` are other systems' words for them. */
export function choice<const Word extends string>(
  words: readonly Word[],
  aliases: Readonly<Record<string, Word>> = {},
): Read<Word> {
  const meaning = new Map<string, Word>(Object.entries(aliases));
  for (const word of words) meaning.set(word, word);
  return (given) => {
    const typed = String(given).trim().toLowerCase();
    const found = meaning.get(typed);
    if (found !== undefined) return good(found);
    const guess = nearest(typed, words);
    return bad("is not one of the choices", `write ${words.join(", ")}${guess === undefined ? "" : ` (${guess}?)`}`);
  };
}

/** A YAML or JSON list, or one text with its entries separated by blanks or commas. Duplicates are dropped. */
export function list<Value>(entry: Read<Value>, entriesMax: number): Read<Value[]> {
  return (given) => {
    const entries = splitList(given);
    if (entries === undefined)
      return bad("is not a list", "write [a, b], or a text with entries separated by blanks or commas");
    if (entries.length > entriesMax) return bad(`has ${entries.length} entries`, `write at most ${entriesMax}`);
    const values = new Set<Value>();
    const problems: Problem[] = [];
    for (const [index, raw] of entries.entries()) {
      const result = entry(raw);
      if (result.ok) values.add(result.value);
      else problems.push(...result.error.map((problem) => ({ ...problem, index })));
    }
    return problems.length === 0 ? good([...values]) : { ok: false, error: problems };
  };
}

/** The entries of a list as YAML, JSON text or plain text give it; undefined when it is none of them. */
export function splitList(given: unknown): unknown[] | undefined {
  if (Array.isArray(given)) return given;
  if (typeof given === "number") return [given];
  if (typeof given !== "string") return undefined;
  if (!given.trim().startsWith("[")) return given.split(/[\s,]+/).filter((entry) => entry !== "");
  try {
    const parsed: unknown = JSON.parse(given);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
