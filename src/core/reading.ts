import type { CoreExports } from "./module.ts";

/** What can be read of a tally's cells. */
export class Reading {
  protected readonly core: CoreExports;
  /** Where keys are handed over to the core, and counts back. */
  protected readonly keyOffset: number;
  #numbers: Float64Array;

  protected constructor(core: CoreExports, keyOffset: number) {
    this.core = core;
    this.keyOffset = keyOffset;
    this.#numbers = new Float64Array(core.memory.buffer);
  }

  /** The linear memory as float64 numbers; the same rule. */
  get numbers(): Float64Array {
    if (this.#numbers.length === 0) this.#numbers = new Float64Array(this.core.memory.buffer);
    return this.#numbers;
  }

  counterSum(cell: number): number {
    return this.core.up(cell) + this.core.down(cell);
  }

  /** The part of the sum that came from values ≥ 0: it never falls, which a difference of rounded sums might. */
  counterPositive(cell: number): number {
    return this.core.up(cell);
  }

  /** The part of the sum that came from negative values (≤ 0); counterSum includes it. */
  counterNegative(cell: number): number {
    return this.core.down(cell);
  }

  /** Samples since the cell was made or reset; whole number, not weighted. */
  samples(cell: number): number {
    return this.core.samples(cell);
  }

  /** Unix ms of the last merge into the cell, or of its making. Granularity: one drain. */
  touchedMs(cell: number): number {
    return this.core.touched(cell);
  }

  gauge(cell: number): number {
    return this.core.gauge(cell);
  }

  cardinality(cell: number): number {
    return this.core.cardinality(cell);
  }

  /** False once the set has become a HyperLogLog (standard error 0.8 %). */
  isExact(cell: number): boolean {
    return this.core.isExact(cell) !== 0;
  }

  /** Weighted number of samples; fractional where sample rates do not divide. */
  count(cell: number): number {
    return this.core.histogramOf(cell, 0);
  }

  sum(cell: number): number {
    return this.core.histogramOf(cell, 1);
  }

  /** Infinity when empty; the maximum is then -Infinity. */
  min(cell: number): number {
    return this.core.histogramOf(cell, 2);
  }

  max(cell: number): number {
    return this.core.histogramOf(cell, 3);
  }

  /** Nearest rank; 0 ≤ q ≤ 1; NaN when empty. Windowed where the tally has ages. */
  quantile(cell: number, q: number): number {
    this.core.entriesOf(cell);
    return this.core.quantile(q);
  }

  /** Several quantiles of one cell for one reading, written to `into`. */
  quantiles(cell: number, qs: readonly number[], into: Float64Array): void {
    this.core.entriesOf(cell);
    for (const [index, q] of qs.entries()) into[index] = this.core.quantile(q);
  }

  /** Weighted counts of samples v <= thresholds[i], cumulative, written to `into` (length = thresholds.length). */
  boundCounts(cell: number, into: Float64Array): void {
    this.core.bounds(cell, this.keyOffset, into.length);
    const first = this.keyOffset / 8;
    into.set(this.numbers.subarray(first, first + into.length));
  }

  /** The histogram's buckets in ascending order: [low, high) edges and weight; exact samples have low = high. */
  buckets(cell: number, visit: (low: number, high: number, weight: number) => void): void {
    const count = this.core.entriesOf(cell);
    const first = (this.core.entriesOffset() >>> 0) / 8;
    const { numbers } = this;
    for (let at = first; at < first + count * 3; at += 3) {
      visit(numbers[at] as number, numbers[at + 1] as number, numbers[at + 2] as number);
    }
  }
}
