import type { ParsedFamily, ParsedSample } from "../support/exposition.ts";
import type { ExpectedSeries } from "./mapping-vector.ts";

/** A series with its numbers as one comparable text and map; quantiles within what the core promises. */
interface Comparable {
  readonly type: string;
  readonly numbers: ReadonlyMap<string, number>;
}

/** Differences between a page and what is expected of it, one sentence each; empty = none. */
export function differences(
  families: ReadonlyMap<string, ParsedFamily>,
  expected: readonly ExpectedSeries[],
  mode: "all" | "contains",
): string[] {
  const shown = seriesOn(families);
  const problems: string[] = [];
  for (const series of expected) {
    const key = keyOf(series.name, Object.entries(series.labels));
    const found = shown.get(key);
    shown.delete(key);
    if (found === undefined) problems.push(`${key} is missing`);
    else if (found.type !== series.type) problems.push(`${key} is a ${found.type}, not a ${series.type}`);
    else problems.push(...numberDifferences(key, found, series));
  }
  if (mode === "all") for (const key of shown.keys()) problems.push(`${key} is there`);
  return problems;
}

function numberDifferences(key: string, { numbers }: Comparable, series: ExpectedSeries): string[] {
  const wanted = new Map<string, number | undefined>([
    ["value", series.value],
    ["count", series.count],
    ["sum", series.sum],
    ...Object.entries(series.quantiles ?? {}).map(([at, value]) => [`quantile ${Number(at)}`, value] as const),
    ...Object.entries(series.buckets ?? {}).map(([at, value]) => [`le ${numberOf(at)}`, value] as const),
  ]);
  const problems: string[] = [];
  for (const [what, want] of wanted) {
    if (want === undefined) continue;
    const got = numbers.get(what);
    // A bucket of the core answers its middle, at most 1/256 off; few samples are exact.
    const tolerance = what.startsWith("quantile") ? 0.01 : 1e-9;
    if (got === undefined || Math.abs(got - want) > Math.abs(want) * tolerance + 1e-12) {
      problems.push(`${key} ${what} is ${got}, should be ${want}`);
    }
  }
  const listed = [...numbers.keys()].filter((what) => /^(?:quantile|le) /.test(what));
  const isListed = series.quantiles !== undefined || series.buckets !== undefined;
  if (isListed) problems.push(...listed.filter((what) => !wanted.has(what)).map((what) => `${key} ${what} is there`));
  return problems;
}

function numberOf(text: string): number {
  return text === "+Inf" ? Infinity : Number(text);
}

function seriesOn(families: ReadonlyMap<string, ParsedFamily>): Map<string, Comparable> {
  const series = new Map<string, { type: string; numbers: Map<string, number> }>();
  for (const family of families.values()) {
    for (const sample of family.samples) {
      const { key, what } = placeOf(family, sample);
      const known = series.get(key) ?? { type: family.type, numbers: new Map<string, number>() };
      known.numbers.set(what, sample.value);
      series.set(key, known);
    }
  }
  return series;
}

function placeOf(family: ParsedFamily, sample: ParsedSample): { key: string; what: string } {
  const suffix = sample.name.slice(family.name.length);
  const [le, quantile] = [sample.labels.get("le"), sample.labels.get("quantile")];
  const labels = [...sample.labels].filter(
    ([label]) => !(suffix === "_bucket" && label === "le") && label !== "quantile",
  );
  const key = keyOf(family.name, labels);
  if (suffix === "_bucket") return { key, what: `le ${numberOf(le ?? "")}` };
  if (quantile !== undefined && family.type === "summary") return { key, what: `quantile ${Number(quantile)}` };
  return { key, what: suffix === "" ? "value" : suffix.slice(1) };
}

/** To Prometheus a label with an empty value is no label. */
function keyOf(name: string, labels: readonly (readonly [string, string])[]): string {
  const kept = labels.filter(([, value]) => value !== "").map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${name}{${kept.sort().join(",")}}`;
}
