import { assert } from "../../std/assert.ts";
import type { CellKind } from "../../model/kind.ts";
import type { Layout } from "../../model/layout.ts";
import type { Tally } from "../../core/tally.ts";
import type { Encoder } from "./format/encoder.ts";
import { labelFloatText } from "./float.ts";
import type { PrometheusOptions } from "./options.ts";
import type { SeriesTable } from "./series-table.ts";
import type { Shape } from "./shape.ts";

/** Reads cells and hands their numbers to an encoder; one method per kind of cell, all of a series in one turn. */
export class Reader {
  readonly #tally: Tally;
  readonly #table: SeriesTable;
  readonly #ttlMs: PrometheusOptions["ttlMs"];
  readonly #quantiles: readonly number[];
  readonly #quantileTexts: readonly string[];
  readonly #quantileValues: Float64Array;
  readonly #boundTexts: (readonly string[])[] = [];
  readonly #boundCounts: Float64Array[] = [];
  /**
   * Cardinality of each set in the last interval that is complete. A set is a gauge of one flush interval: what it
   * counts is members per interval, and merging only ever adds, so the cell is emptied when the interval closes. Until
   * a set has seen a whole interval it shows the current one, so that a scrape right after a send finds it.
   */
  readonly #completed = new Map<number, number>();
  readonly #write: Readonly<Record<CellKind, (encoder: Encoder, row: number, shape: Shape, name: string) => void>> = {
    counter: (encoder, row) => encoder.value(this.#text(row), this.#tally.counterPositive(this.#cell(row))),
    gauge: (encoder, row) => encoder.value(this.#text(row), this.#tally.gauge(this.#cell(row))),
    set: (encoder, row) =>
      encoder.value(this.#text(row), this.#completed.get(row) ?? this.#tally.cardinality(this.#cell(row))),
    histogram: (encoder, row, shape, name) => {
      if (shape.type === "summary") this.#summary(encoder, row, shape, name);
      else this.#histogram(encoder, row, shape, name);
    },
  };

  constructor(tally: Tally, table: SeriesTable, options: PrometheusOptions) {
    this.#tally = tally;
    this.#table = table;
    this.#ttlMs = options.ttlMs;
    this.#quantiles = [...new Set(options.quantiles)].sort((left, right) => left - right);
    for (const quantile of this.#quantiles) assert(quantile >= 0 && quantile <= 1, "a quantile is between 0 and 1");
    this.#quantileTexts = this.#quantiles.map(labelFloatText);
    this.#quantileValues = new Float64Array(this.#quantiles.length);
  }

  /** More layouts, numbered on from those that there are. */
  addLayouts(layouts: readonly Layout[]): void {
    for (const { bounds, thresholds } of layouts) {
      const ascending = bounds.every(
        (bound, index) => Number.isFinite(bound) && bound > (bounds[index - 1] ?? -Infinity),
      );
      assert(ascending && thresholds.length === bounds.length, "histogram bounds are finite and ascending");
      this.#boundTexts.push(bounds.map(labelFloatText));
      this.#boundCounts.push(new Float64Array(bounds.length));
    }
  }

  /** False after the time to live; a held series shows again when it is touched. */
  isShown(row: number, shape: Shape, nowMs: number): boolean {
    const ttlMs = this.#ttlMs[shape.cell];
    return ttlMs === 0 || nowMs - this.#tally.touchedMs(this.#cell(row)) <= ttlMs;
  }

  write(encoder: Encoder, row: number, shape: Shape, name: string): void {
    this.#write[shape.cell](encoder, row, shape, name);
  }

  /** Closes an interval of a set. */
  completeSet(row: number): void {
    const cell = this.#cell(row);
    this.#completed.set(row, this.#tally.cardinality(cell));
    this.#tally.reset(cell);
  }

  forget(row: number): void {
    this.#completed.delete(row);
  }

  #text(row: number): string {
    return this.#table.texts[row] as string;
  }

  #cell(row: number): number {
    return this.#table.cells[row] as number;
  }

  #summary(encoder: Encoder, row: number, shape: Shape, name: string): void {
    const cell = this.#cell(row);
    const values = this.#quantileValues;
    this.#tally.quantiles(cell, this.#quantiles, values);
    for (let index = 0; index < values.length; index += 1) values[index] = (values[index] as number) / shape.divisor;
    encoder.summary(name, this.#text(row), {
      quantiles: this.#quantileTexts,
      values,
      count: Math.round(this.#tally.count(cell)),
      sum: this.#tally.sum(cell) / shape.divisor,
    });
  }

  /**
   * Buckets are whole numbers for most scrapers, while weights (1 / sample rate) need not be: each cumulative count is
   * rounded, which keeps their order, and the maximum below guards it against the last bit of a float sum.
   */
  #histogram(encoder: Encoder, row: number, shape: Shape, name: string): void {
    const cell = this.#cell(row);
    const layout = this.#table.layouts[row] as number;
    const counts = this.#boundCounts[layout] as Float64Array;
    this.#tally.boundCounts(cell, counts);
    let highest = 0;
    for (let index = 0; index < counts.length; index += 1) {
      highest = Math.max(highest, Math.round(counts[index] as number));
      counts[index] = highest;
    }
    encoder.histogram(name, this.#text(row), {
      bounds: this.#boundTexts[layout] as readonly string[],
      counts,
      count: Math.max(highest, Math.round(this.#tally.count(cell))),
      sum: this.#tally.sum(cell) / shape.divisor,
    });
  }
}
