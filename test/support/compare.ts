import type { Tally } from "../../src/core/tally.ts";
import type { NaiveSeries } from "./naive.ts";

/** The stated relative error of a quantile with 2 significant digits: one of 128 sub-buckets of an octave. */
export const QUANTILE_ERROR = 1 / 128;

export interface CompareOptions {
  /** Largest difference of a sum, relative to the sum of absolute values; 0 = equal to the last bit. */
  readonly sumError: number;
  readonly quantileError: number;
}

/**
 * Compares every cell with the naive model; answers one sentence for each difference, so that a failure shows the
 * series and both numbers instead of a wall of them.
 */
export function differences(
  tally: Tally,
  cells: ReadonlyMap<string, number>,
  naive: ReadonlyMap<string, NaiveSeries>,
  options: CompareOptions = { sumError: 0, quantileError: QUANTILE_ERROR },
): string[] {
  const out: string[] = [];
  for (const key of cells.keys())
    if (!naive.has(key)) out.push(`${JSON.stringify(key)}: the naive model has no such series`);
  for (const [key, series] of naive) {
    const cell = cells.get(key);
    if (cell === undefined) out.push(`${JSON.stringify(key)}: the tally has no such series`);
    else
      for (const text of seriesDifferences(tally, cell, series, options)) out.push(`${JSON.stringify(key)}: ${text}`);
  }
  return out;
}

function seriesDifferences(tally: Tally, cell: number, series: NaiveSeries, options: CompareOptions): string[] {
  const out: string[] = [];
  const check = (what: string, got: number, want: number, allowed = 0): void => {
    if (!Object.is(got, want) && !(got === want) && !(Math.abs(got - want) <= allowed))
      out.push(`${what} is ${got}, should be ${want}`);
  };
  check("samples", tally.samples(cell), series.count);
  if (series.kind === "c") {
    const allowed = options.sumError * (series.value - 2 * series.negative);
    check("counterSum", tally.counterSum(cell), series.value, allowed);
    check("counterNegative", tally.counterNegative(cell), series.negative, allowed);
  } else if (series.kind === "g") {
    check("gauge", tally.gauge(cell), series.value, options.sumError * series.magnitude);
  } else if (series.kind === "s") {
    const size = series.members.size;
    check("cardinality", tally.cardinality(cell), size, tally.isExact(cell) ? 0 : size * 0.04);
  } else out.push(...histogramDifferences(tally, cell, series, options));
  return out;
}

function histogramDifferences(tally: Tally, cell: number, series: NaiveSeries, options: CompareOptions): string[] {
  const out: string[] = [];
  const total = series.samples.reduce((sum, sample) => sum + sample.weight, 0);
  const weighted = series.samples.reduce((sum, sample) => sum + sample.value * sample.weight, 0);
  const absolute = series.samples.reduce((sum, sample) => sum + Math.abs(sample.value) * sample.weight, 0);
  const near = (what: string, got: number, want: number, allowed: number): void => {
    if (!(Math.abs(got - want) <= allowed)) out.push(`${what} is ${got}, should be ${want}`);
  };
  near("count", tally.count(cell), total, options.sumError * total);
  near("sum", tally.sum(cell), weighted, options.sumError * absolute);
  near("min", tally.min(cell), Math.min(...series.samples.map((sample) => sample.value)), 0);
  near("max", tally.max(cell), Math.max(...series.samples.map((sample) => sample.value)), 0);
  const ascending = [...series.samples].sort((a, b) => a.value - b.value);
  for (const q of [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1]) {
    const got = tally.quantile(cell, q);
    const [low, high] = quantileRange(ascending, q, total);
    if (!inside(got, low, high, options.quantileError))
      out.push(
        `quantile ${q} of ${series.samples.length} is ${got}, should be ${low}${low === high ? "" : `..${high}`}`,
      );
  }
  return out;
}

/**
 * The nearest-rank quantile of weighted samples in ascending order, as a range: where the rank falls on the edge of two
 * samples, the last bit of the summed weights decides, and both are right.
 */
export function quantileRange(
  ascending: readonly { readonly value: number; readonly weight: number }[],
  q: number,
  total: number,
): [number, number] {
  const rank = q * total;
  const slack = total * 1e-9;
  let low: number | undefined;
  let seen = 0;
  for (const { value, weight } of ascending) {
    seen += weight;
    if (low === undefined && seen >= rank - slack) low = value;
    if (seen >= rank + slack) return [low ?? value, value];
  }
  const last = ascending.at(-1)?.value ?? NaN;
  return [low ?? last, last];
}

/** `got` is within a relative error of some value between low and high. */
export function inside(got: number, low: number, high: number, error: number): boolean {
  return got >= low - Math.abs(low) * error && got <= high + Math.abs(high) * error;
}
