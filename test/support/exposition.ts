/**
 * A strict reader of the text format 0.0.4, written from its description and independent of the encoder. It throws on
 * everything that loses a scrape and on everything that a scraper would silently take wrongly.
 */

export interface ParsedFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: ParsedSample[];
}

export interface ParsedSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const VALUE = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|NaN|[+-]Inf)$/;
const CANONICAL = /^(?:-?\d+\.\d+|-?\d(?:\.\d+)?e[+-]\d{2,3}|\+Inf)$/;
const SUFFIXES = new Map([
  ["counter", [""]],
  ["gauge", [""]],
  ["summary", ["", "_sum", "_count"]],
  ["histogram", ["_bucket", "_sum", "_count"]],
]);

/** The families of a page by name. `hasRules`: a mapping may give labels that clients may not. */
export function parseExposition(bytes: Uint8Array, hasRules = false): Map<string, ParsedFamily> {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  if (text === "") return new Map();
  check(text.endsWith("\n"), "the page ends with a line feed", text.slice(-50));
  const families = new Map<string, ParsedFamily>();
  let current: ParsedFamily | undefined;
  let help: [name: string, text: string] | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    if (line.startsWith("# HELP ")) {
      help = splitHead(line);
    } else if (line.startsWith("# TYPE ")) {
      const [name, type] = splitHead(line);
      check(NAME.test(name) && SUFFIXES.has(type), "a TYPE line has a valid name and type", line);
      check(help?.[0] === name, "each TYPE has its HELP before it", line);
      check(!families.has(name), "a family is one group", line);
      current = { name, type, help: help?.[1] ?? "", samples: [] };
      families.set(name, current);
    } else {
      check(current !== undefined, "a sample follows its TYPE", line);
      current.samples.push(parseSample(line, hasRules));
    }
  }
  const owners = new Map<string, string>();
  for (const family of families.values()) checkFamily(family, owners);
  return families;
}

function splitHead(line: string): [name: string, rest: string] {
  const [, , name = "", ...rest] = line.split(" ");
  return [name, rest.join(" ")];
}

function parseSample(line: string, hasRules: boolean): ParsedSample {
  const match = /^([^{ ]+)(?:\{(.*)\})? ([^ ]+)$/su.exec(line);
  check(match !== null, "a sample is name{labels} value", line);
  const [, name = "", labelText, valueText = ""] = match;
  check(NAME.test(name), "a name is valid", line);
  check(VALUE.test(valueText), "a value is a number", line);
  const value = Number(valueText.replace("Inf", "Infinity"));
  return { name, labels: labelText === undefined ? new Map() : parseLabels(labelText, line, hasRules), value };
}

function parseLabels(text: string, line: string, hasRules: boolean): Map<string, string> {
  const labels = new Map<string, string>();
  const label = /([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/suy;
  while (label.lastIndex < text.length) {
    const at = label.lastIndex;
    const match = label.exec(text);
    check(match !== null, `labels are valid from column ${at}`, line);
    const [, key = "", escaped = ""] = match;
    check(!labels.has(key), "a label comes once", line);
    const isScrapers = key === "job" || key === "instance";
    check(!key.startsWith("__") && (!isScrapers || hasRules), "no label is reserved", line);
    const value = escaped.replace(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character));
    check(value !== "", "an empty label is left out", line);
    labels.set(key, value);
  }
  check(labels.size > 0 && !text.endsWith(","), "braces hold labels and no trailing comma", line);
  return labels;
}

function checkFamily(family: ParsedFamily, owners: Map<string, string>): void {
  const { name, type, samples } = family;
  check(samples.length > 0, "a family has samples", name);
  const suffixes = SUFFIXES.get(type) ?? [];
  const series = new Set<string>();
  for (const sample of samples) {
    check(
      suffixes.some((suffix) => sample.name === name + suffix),
      `a sample belongs to its ${type} ${name}`,
      sample.name,
    );
    const owner = owners.get(sample.name) ?? name;
    check(owner === name, "no two families share a sample name", sample.name);
    owners.set(sample.name, name);
    const key = keyOf(sample.name, sample.labels);
    check(!series.has(key), "a series comes once", key);
    series.add(key);
    if (type === "counter") check(sample.value >= 0, "a counter is a number and not negative", key);
  }
  if (type === "histogram") for (const group of groups(family, "le")) checkHistogram(name, group);
  if (type === "summary") for (const group of groups(family, "quantile")) checkSummary(name, group);
}

/** The samples of each label set, which must stand together. */
function groups({ samples }: ParsedFamily, without: string): ParsedSample[][] {
  const found = new Map<string, ParsedSample[]>();
  let before = "";
  for (const sample of samples) {
    const labels = new Map(sample.labels);
    labels.delete(without);
    const key = keyOf("", labels);
    if (key !== before) check(!found.has(key), "series are not interleaved", key);
    before = key || " ";
    found.set(key, [...(found.get(key) ?? []), sample]);
  }
  return [...found.values()];
}

function checkHistogram(name: string, samples: readonly ParsedSample[]): void {
  const what = keyOf(name, samples[0]?.labels ?? new Map());
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  check(samples.length === buckets.length + 2, "a histogram is buckets, a sum and a count", what);
  check(
    samples.at(-2)?.name === `${name}_sum` && samples.at(-1)?.name === `${name}_count`,
    "sum and count come last",
    what,
  );
  const texts = buckets.map(({ labels }) => labels.get("le") ?? "");
  for (const text of texts) check(CANONICAL.test(text), `le is canonical: ${text}`, what);
  const bounds = texts.map((text) => Number(text.replace("Inf", "Infinity")));
  check(bounds.at(-1) === Infinity, "the last bucket is +Inf", what);
  check(
    bounds.every((bound, index) => bound > (bounds[index - 1] ?? -Infinity)),
    "bounds ascend",
    what,
  );
  const counts = buckets.map(({ value }) => value);
  check(
    counts.every((count, index) => Number.isInteger(count) && count >= (counts[index - 1] ?? 0)),
    "counts never fall",
    what,
  );
  check(counts.at(-1) === samples.at(-1)?.value, "+Inf is the count", what);
}

function checkSummary(name: string, samples: readonly ParsedSample[]): void {
  const what = keyOf(name, samples[0]?.labels ?? new Map());
  const quantiles = samples.filter((sample) => sample.name === name);
  check(samples.length === quantiles.length + 2, "a summary is quantiles, a sum and a count", what);
  for (const { labels } of quantiles)
    check(CANONICAL.test(labels.get("quantile") ?? ""), "a quantile is canonical", what);
  check(Number.isInteger(samples.at(-1)?.value), "a count is whole", what);
}

function keyOf(name: string, labels: ReadonlyMap<string, string>): string {
  const sorted = [...labels].sort(([left], [right]) => (left < right ? -1 : 1));
  return name + JSON.stringify(sorted);
}

function check(condition: boolean, rule: string, where: string): asserts condition {
  if (!condition) throw new Error(`invalid page: ${rule}: ${JSON.stringify(where)}`);
}
