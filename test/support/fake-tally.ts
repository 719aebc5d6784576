import type { CellKind } from "../../src/model/kind.ts";
import type { Layout } from "../../src/model/layout.ts";
import type { Tally, TallyOptions } from "../../src/core/tally.ts";

interface Cell {
  readonly kind: CellKind;
  readonly layout: number;
  samples: { value: number; weight: number }[];
  gauge: number;
  touchedMs: number;
  redirected?: { readonly target: number; readonly times: number; readonly by: number };
}

/**
 * A stand-in for the tally, for tests of what an output does with cells: plain arrays, exact, no windows. Its cells are
 * fed by `add`, where the real ones are fed by merging a shard's delta.
 */
export class FakeTally {
  readonly options: TallyOptions;
  readonly cells = new Map<number, Cell>();
  readonly layouts: Layout[];
  #nowMs = 0;
  #last = 0;

  constructor(options: TallyOptions) {
    this.options = options;
    this.layouts = [...options.layouts];
  }

  /** The real interface; what a test does not need is absent and would throw. */
  get tally(): Tally {
    return this as unknown as Tally;
  }

  add(cell: number, value: number | string, weight = 1): void {
    const held = this.#cell(cell);
    const { redirected } = held;
    if (redirected !== undefined) {
      if (!this.cells.has(redirected.target)) this.samplesLost += 1;
      else this.add(redirected.target, (Number(value) * redirected.times) / redirected.by, weight);
      return;
    }
    held.touchedMs = this.#nowMs;
    held.samples.push({ value: typeof value === "number" ? value : hash(value), weight });
    if (typeof value === "number") held.gauge = value;
  }

  /** Cells that keep numbers themselves. */
  get keeping(): number {
    return [...this.cells.values()].filter(({ redirected }) => redirected === undefined).length;
  }

  addLayouts(layouts: readonly Layout[]): void {
    this.layouts.push(...layouts);
  }

  addSample(cell: number, value: number): void {
    this.add(cell, value);
  }

  setClock(nowMs: number): void {
    if (nowMs < this.#nowMs) throw new Error("a tally's clock must not go back");
    this.#nowMs = nowMs;
  }

  allocate(kind: CellKind, layout: number): number {
    this.#last += 1;
    this.cells.set(this.#last, { kind, layout, samples: [], gauge: 0, touchedMs: this.#nowMs });
    return this.#last;
  }

  release(cell: number): void {
    this.#cell(cell);
    this.cells.delete(cell);
  }

  counterPositive = (cell: number): number => sumOf(this.#cell(cell).samples, (value) => value >= 0);
  counterNegative = (cell: number): number => sumOf(this.#cell(cell).samples, (value) => value < 0);
  sum = (cell: number): number => sumOf(this.#cell(cell).samples, () => true);
  touchedMs = (cell: number): number => this.#cell(cell).touchedMs;
  gauge = (cell: number): number => this.#cell(cell).gauge;
  cardinality = (cell: number): number => new Set(this.#cell(cell).samples.map(({ value }) => value)).size;
  count = (cell: number): number => this.#cell(cell).samples.reduce((total, { weight }) => total + weight, 0);

  quantiles(cell: number, qs: readonly number[], into: Float64Array): void {
    const sorted = this.#cell(cell)
      .samples.map(({ value }) => value)
      .sort((left, right) => left - right);
    for (const [index, q] of qs.entries()) into[index] = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? NaN;
  }

  boundCounts(cell: number, into: Float64Array): void {
    const { samples, layout } = this.#cell(cell);
    const thresholds = this.layouts[layout]?.thresholds ?? [];
    for (const [index, threshold] of thresholds.entries()) {
      into[index] = samples.reduce((total, { value, weight }) => total + (value <= threshold ? weight : 0), 0);
    }
  }

  /** Exact values, as the real one has them while there are few. */
  buckets(cell: number, visit: (low: number, high: number, weight: number) => void): void {
    for (const { value, weight } of this.#cell(cell).samples.toSorted((left, right) => left.value - right.value))
      visit(value, value, weight);
  }

  reset(cell: number): void {
    this.#cell(cell).samples = [];
  }

  redirect(cell: number, target: number, times = 1, by = 1): void {
    this.reset(cell);
    this.#cell(cell).redirected = { target, times, by };
  }

  samplesLost = 0;

  memory(): ReturnType<Tally["memory"]> {
    return { bytes: 0, usedBytes: 0, keys: 0, series: { counter: 0, gauge: 0, set: 0, histogram: 0 } };
  }

  #cell(cell: number): Cell {
    const held = this.cells.get(cell);
    if (held === undefined) throw new Error(`no cell ${cell}`);
    return held;
  }
}

function sumOf(samples: Cell["samples"], wanted: (value: number) => boolean): number {
  return samples.reduce((total, { value, weight }) => total + (wanted(value) ? value * weight : 0), 0);
}

function hash(member: string): number {
  return [...member].reduce((sum, character) => sum * 31 + (character.codePointAt(0) ?? 0), 7);
}
