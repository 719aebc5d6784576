import type { ParsedFamily, ParsedSample } from "./exposition.ts";

/**
 * A strict reader of OpenMetrics 1.0 and of the text format 1.0.0, both with quoted names, written from their descriptions
 * and independent of the encoders. It throws on everything that loses a scrape or that a scraper would take wrongly.
 */

export interface OpenSample extends ParsedSample {
  /** `key=value,…`, value and time of an exemplar. */
  readonly exemplar:
    | { readonly labels: ReadonlyMap<string, string>; readonly value: number; readonly time: number }
    | undefined;
}

export interface OpenFamily extends Omit<ParsedFamily, "samples"> {
  readonly unit: string;
  readonly samples: OpenSample[];
}

type Dialect = "openmetrics" | "text-1.0.0";

const LEGACY = /^[A-Za-z_:][A-Za-z0-9_:]*$/;
const LABEL = /^[A-Za-z_][A-Za-z0-9_]*$/;
const NUMBER = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|NaN|[+-]Inf)$/;
const TYPES: Readonly<Record<Dialect, ReadonlyMap<string, readonly string[]>>> = {
  openmetrics: new Map([
    ["counter", ["_total", "_created"]],
    ["gauge", [""]],
    ["unknown", [""]],
    ["info", ["_info"]],
    ["summary", ["", "_sum", "_count", "_created"]],
    ["histogram", ["_bucket", "_sum", "_count", "_created"]],
  ]),
  "text-1.0.0": new Map([
    ["counter", [""]],
    ["gauge", [""]],
    ["summary", ["", "_sum", "_count"]],
    ["histogram", ["_bucket", "_sum", "_count"]],
  ]),
};

export function parseOpenMetrics(bytes: Uint8Array, dialect: Dialect = "openmetrics"): Map<string, OpenFamily> {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const isOpen = dialect === "openmetrics";
  const end = isOpen ? "# EOF\n" : "";
  check(text.endsWith(end), "the page ends with # EOF", text.slice(-60));
  const body = text.slice(0, text.length - end.length);
  check(body === "" || body.endsWith("\n"), "the last line ends", body.slice(-60));
  const families = new Map<string, { -readonly [Key in keyof OpenFamily]: OpenFamily[Key] }>();
  let current: { -readonly [Key in keyof OpenFamily]: OpenFamily[Key] } | undefined;
  for (const line of body === "" ? [] : body.slice(0, -1).split("\n")) {
    const comment = /^# (TYPE|UNIT|HELP) ("(?:[^"\\]|\\.)*"|[^ ]+) (.*)$/u.exec(line);
    if (comment === null) {
      check(line !== "" && !line.startsWith("#"), "nothing but samples and TYPE, UNIT, HELP", line);
      check(current !== undefined, "a sample follows its family's head", line);
      current.samples.push(new LineReader(line).sample());
      continue;
    }
    const [, what, shown = "", rest = ""] = comment;
    const name = nameOf(shown, line);
    if (current?.name !== name) {
      check(!families.has(name), "a family is one group", line);
      current = { name, type: "", help: "", unit: "", samples: [] };
      families.set(name, current);
    }
    check(current.samples.length === 0, "the head stands before the samples", line);
    if (what === "TYPE") current.type = rest;
    else if (what === "UNIT") current.unit = rest;
    else current.help = rest;
    check(isOpen || what !== "UNIT", "text has no UNIT", line);
    if (isOpen) check(what !== "HELP" || !/(?<!\\)(?:\\\\)*"/.test(rest), "a quote in HELP is escaped", line);
  }
  const owners = new Map<string, string>();
  for (const family of families.values()) checkFamily(family, owners, dialect);
  return families;
}

function nameOf(shown: string, line: string): string {
  if (!shown.startsWith('"')) {
    check(LEGACY.test(shown), "a bare name is a legacy one", line);
    return shown;
  }
  const name = unescape(shown.slice(1, -1));
  check(!LEGACY.test(name), "a legacy name is not quoted", line);
  return name;
}

/** Reads one sample from left to right. */
class LineReader {
  readonly #line: string;
  #rest: string;

  constructor(line: string) {
    this.#line = line;
    this.#rest = line;
  }

  sample(): OpenSample {
    const bare = this.#take(/^[^{ "]+/u);
    let name = bare === undefined ? undefined : nameOf(bare, this.#line);
    const labels = new Map<string, string>();
    if (this.#take(/^\{/) !== undefined) name = this.#braces(labels, name);
    check(name !== undefined, "a sample has a name", this.#line);
    check(this.#take(/^ /) !== undefined, "one space", this.#line);
    const value = this.#number();
    let exemplar: OpenSample["exemplar"];
    if (this.#rest !== "") {
      check(this.#take(/^ # \{/u) !== undefined, "an exemplar follows", this.#line);
      const more = new Map<string, string>();
      this.#braces(more, "");
      check(this.#take(/^ /) !== undefined, "one space", this.#line);
      const of = this.#number();
      check(this.#take(/^ /) !== undefined, "one space", this.#line);
      exemplar = { labels: more, value: of, time: this.#number() };
      const length = [...more].reduce((sum, [key, text]) => sum + Array.from(key + text).length, 0);
      check(length <= 128, "an exemplar is short", this.#line);
    }
    check(this.#rest === "", "nothing behind a sample", this.#line);
    return { name, labels, value, exemplar };
  }

  #braces(labels: Map<string, string>, bare: string | undefined): string | undefined {
    let name = bare;
    while (this.#take(/^\}/) === undefined) {
      const key = this.#take(/^[^="{},\s]+/u);
      const quoted = key === undefined ? this.#string() : undefined;
      if (key !== undefined) check(LABEL.test(key), "a bare label is a legacy one", this.#line);
      if (quoted !== undefined && this.#take(/^=/) === undefined) {
        check(name === undefined && labels.size === 0, "a quoted name comes first, once", this.#line);
        check(!LEGACY.test(quoted), "a legacy name is not quoted", this.#line);
        name = quoted;
      } else {
        if (key !== undefined) check(this.#take(/^=/) !== undefined, "a label has a value", this.#line);
        const label = key ?? quoted ?? "";
        const value = this.#string();
        check(!labels.has(label), "a label comes once", this.#line);
        check(value !== "", "an empty label is left out", this.#line);
        check(!label.startsWith("__"), "no label is reserved", this.#line);
        labels.set(label, value);
      }
      if (this.#take(/^,/) === undefined) check(this.#rest.startsWith("}"), "a comma or the end", this.#line);
      else check(!this.#rest.startsWith("}"), "no trailing comma", this.#line);
    }
    return name;
  }

  #string(): string {
    const text = this.#take(/^"(?:[^"\\\n]|\\["\\n])*"/u);
    check(text !== undefined, "a text in quotes", this.#line);
    return unescape(text.slice(1, -1));
  }

  #number(): number {
    const text = this.#take(/^[^ ]+/u) ?? "";
    check(NUMBER.test(text), "a value is a number", this.#line);
    return Number(text.replace("Inf", "Infinity"));
  }

  #take(pattern: RegExp): string | undefined {
    const found = pattern.exec(this.#rest)?.[0];
    if (found !== undefined) this.#rest = this.#rest.slice(found.length);
    return found;
  }
}

function checkFamily(family: OpenFamily, owners: Map<string, string>, dialect: Dialect): void {
  const { name, type, unit, samples } = family;
  const suffixes = TYPES[dialect].get(type);
  check(suffixes !== undefined, `a type that there is: ${type}`, name);
  check(samples.length > 0, "a family has samples", name);
  if (unit !== "") check(name.endsWith(`_${unit}`), "a name ends in its unit", name);
  // What a family might show and does not, such as _created, is not claimed: with exact naming another one may have it.
  for (const claim of new Set([name, ...samples.map((sample) => sample.name)])) {
    check((owners.get(claim) ?? name) === name, "no two families share a name", claim);
    owners.set(claim, name);
  }
  const series = new Set<string>();
  let group = "";
  const groups = new Set<string>();
  for (const sample of samples) {
    check(
      suffixes.some((suffix) => sample.name === name + suffix),
      `a sample of its ${type}`,
      sample.name,
    );
    const key = keyOf(sample.name, sample.labels);
    check(!series.has(key), "a series comes once", key);
    series.add(key);
    const labels = new Map(sample.labels);
    labels.delete("le");
    labels.delete("quantile");
    const of = keyOf("", labels);
    if (of !== group) check(!groups.has(of), "series are not interleaved", key);
    groups.add(of);
    group = of;
    if (type === "counter") check(sample.value >= 0, "a counter is not negative", key);
    if (sample.exemplar !== undefined)
      check(/_total$|_bucket$/.test(sample.name), "exemplars are on counters and buckets", key);
    if (sample.name === `${name}_bucket`) check(Number.isInteger(sample.value), "buckets are whole", key);
  }
}

function unescape(text: string): string {
  return text.replace(/\\(.)/gu, (_, character: string) => (character === "n" ? "\n" : character));
}

export function keyOf(name: string, labels: ReadonlyMap<string, string>): string {
  const sorted = [...labels].sort(([left], [right]) => (left < right ? -1 : 1));
  return name + JSON.stringify(sorted);
}

function check(condition: boolean, rule: string, where: string): asserts condition {
  if (!condition) throw new Error(`invalid page: ${rule}: ${JSON.stringify(where)}`);
}
