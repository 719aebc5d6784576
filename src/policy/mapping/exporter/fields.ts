import { nearest } from "../../../std/nearest.ts";
import type { Reporter } from "./problem.ts";
import { asDuration, asFlag, asNumber, isNull } from "./scalar.ts";
import type { Scalar } from "./scalar.ts";
import type { Entry, Node } from "./yaml.ts";

export interface DurationBounds {
  readonly min: number;
  readonly max: number;
  /** 0 is as if nothing was said. */
  readonly zeroIsNone: boolean;
}

/**
 * The keys of one map; what is wrong with a value is reported, and then it is as if it had not been given. So it is for a
 * key without a value, as in Go.
 */
export interface Fields {
  readonly line: number;
  entry(key: string): Entry | undefined;
  /** The line of a key, or of the map where there is none. */
  lineOf(key: string): number;
  text(key: string): string | undefined;
  flag(key: string): boolean | undefined;
  number(key: string): number | undefined;
  whole(key: string, min: number, max: number): number | undefined;
  /** Milliseconds. */
  duration(key: string, bounds: DurationBounds): number | undefined;
  /** One of some words, "" where that is one of them. */
  word<const Word extends string>(key: string, words: readonly Word[]): Word | undefined;
  texts(key: string): readonly string[];
  pairs(key: string): readonly (readonly [key: string, value: string, line: number])[];
}

export function numberOf(node: Node): number | undefined {
  return node.type === "scalar" ? asNumber(node) : undefined;
}

/** `what` names the map in problems, as in "a rule"; "" = the whole file. Keys that are not `known` are errors. */
export function fieldsOf(node: Node, what: string, known: readonly string[], report: Reporter): Fields {
  const entries = new Map<string, Entry>();
  const { line } = node;
  if (node.type === "map") for (const entry of node.entries) entries.set(entry.key, entry);
  else {
    const problem = what === "" ? "is no map of keys" : `has ${what} that is no map of keys`;
    report.error(line, problem, `write some of: ${known.join(", ")}`);
  }
  for (const { key, line: at } of entries.values()) {
    if (known.includes(key)) continue;
    const guess = nearest(key, known);
    const remedy = guess === undefined ? `known here: ${known.join(", ")}` : `did you mean ${guess}?`;
    report.error(at, `has the unknown key ${JSON.stringify(key)}`, remedy);
  }
  for (const { key, value } of entries.values()) if (isNull(value)) entries.delete(key);
  return new MapFields(line, entries, report);
}

class MapFields implements Fields {
  readonly line: number;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #report: Reporter;

  constructor(line: number, entries: ReadonlyMap<string, Entry>, report: Reporter) {
    this.line = line;
    this.#entries = entries;
    this.#report = report;
  }

  entry(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  lineOf(key: string): number {
    return this.#entries.get(key)?.line ?? this.line;
  }

  text(key: string): string | undefined {
    return this.#read(key, "text", (scalar) => scalar.text);
  }

  flag(key: string): boolean | undefined {
    return this.#read(key, "true or false, without quotes", asFlag);
  }

  number(key: string): number | undefined {
    return this.#read(key, "a number, without quotes", asNumber);
  }

  whole(key: string, min: number, max: number): number | undefined {
    const value = this.number(key);
    // Go's zero value: as if the key was not there.
    if (value === undefined || value === 0) return undefined;
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    this.#report.error(this.lineOf(key), `has ${key}: ${value}`, `write a whole number from ${min} to ${max}`);
    return undefined;
  }

  duration(key: string, { min, max, zeroIsNone }: DurationBounds): number | undefined {
    const read = this.#read(key, "a duration such as 90s, 5m or 1h30m", asDuration);
    if (read === undefined || (read.ms === 0 && zeroIsNone)) return undefined;
    if (read.isBare) {
      const remedy = "write the unit: 60s, 5m, 1h";
      this.#report.warn(this.lineOf(key), `has a ${key} without unit, which is nanoseconds`, remedy);
    }
    if (read.ms >= min && read.ms <= max) return read.ms;
    const remedy = read.ms < min ? `write at least ${min / 1000}s` : `write at most ${max / 1000}s`;
    this.#report.error(this.lineOf(key), `has a ${key} of ${read.ms} ms`, remedy);
    return undefined;
  }

  word<const Word extends string>(key: string, words: readonly Word[]): Word | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    const guess = nearest(
      text,
      words.filter((word) => word !== ""),
    );
    const list = words.filter((word) => word !== "").join(" or ");
    const remedy = `write ${list}${guess === undefined ? "" : ` (${guess}?)`}`;
    this.#report.error(this.lineOf(key), `has the ${key} ${JSON.stringify(text)}`, remedy);
    return undefined;
  }

  texts(key: string): readonly string[] {
    const entry = this.#entries.get(key);
    if (entry === undefined) return [];
    const { value } = entry;
    const items = value.type === "list" ? value.items : [];
    const texts = items.map((item) => (item.type === "scalar" && !isNull(item) ? item.text : ""));
    if (value.type === "list" && !texts.includes("")) return texts;
    this.#report.error(entry.line, `has ${key} that are no list of texts`, `write ${key}: [one, two]`);
    return [];
  }

  pairs(key: string): readonly (readonly [key: string, value: string, line: number])[] {
    const entry = this.#entries.get(key);
    if (entry === undefined) return [];
    const { value } = entry;
    if (value.type !== "map") {
      this.#report.error(entry.line, `has ${key} that are no map`, `write ${key}: {key: value}`);
      return [];
    }
    const pairs: (readonly [string, string, number])[] = [];
    for (const { key: name, line, value: inner } of value.entries) {
      if (inner.type === "scalar") pairs.push([name, isNull(inner) ? "" : inner.text, line]);
      else this.#report.error(line, `has ${key} whose value is no text`, `write ${name}: "…"`);
    }
    return pairs;
  }

  #read<Value>(key: string, wanted: string, read: (scalar: Scalar) => Value | undefined): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const value = entry.value.type === "scalar" ? read(entry.value) : undefined;
    if (value === undefined) this.#report.error(entry.line, `has ${told(key, entry.value)}`, `write ${wanted}`);
    return value;
  }
}

function told(key: string, value: Node): string {
  if (value.type !== "scalar") return `a ${value.type} for ${key}`;
  const text = value.text.slice(0, 80);
  return `${key}: ${value.isPlain ? text : JSON.stringify(text)}`;
}
