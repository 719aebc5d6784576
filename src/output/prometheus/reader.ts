import { assert } from "../../std/assert.ts";
import type { CellKind } from "../../model/kind.ts";
import type { SampleExemplar } from "../../model/event.ts";
import type { Layout } from "../../model/layout.ts";
import type { Tally } from "../../core/tally.ts";
import type { Encoder, Exemplar, LabelBytes, SeriesFacts } from "./format/encoder.ts";
import { labelFloatText } from "./float.ts";
import { escapeName } from "./label.ts";
import type { Look } from "./look.ts";
import { NativeFold } from "./native.ts";
import type { NativeMode, PrometheusOptions } from "./options.ts";
import type { SeriesTable } from "./series-table.ts";
import type { Shape } from "./shape.ts";

/** How a reader shows what it reads. */
export interface View {
  readonly nowMs: number;
  /** What began to count later than this, in Unix milliseconds, is shown as 0: see `zeroFirstMs`. Infinity = nothing is. */
  readonly zeroAfterMs: number;
  /** "off" also for histograms of which there is no native form. */
  readonly native: Exclude<NativeMode, "asked">;
}

/** Code points of all keys and values of an exemplar, by the specification of OpenMetrics; Prometheus refuses longer ones in protobuf too. */
const EXEMPLAR_LENGTH_MAX = 128;

type Write = (encoder: Encoder, row: number, shape: Shape, labels: LabelBytes, facts: SeriesFacts, view: View) => void;

/** Reads cells and hands their numbers to an encoder; one method per kind of cell, all of a series in one turn. */
export class Reader {
  readonly #tally: Tally;
  readonly #table: SeriesTable;
  readonly #ttlMs: PrometheusOptions["ttlMs"];
  readonly #looks: readonly Look[];
  readonly #native = new NativeFold();
  readonly #layouts: Layout[] = [];
  readonly #boundTexts: (readonly string[])[] = [];
  readonly #boundCounts: Float64Array[] = [];
  /**
   * Cardinality of each set in the last interval that is complete. A set is a gauge of one flush interval: what it
   * counts is members per interval, and merging only ever adds, so the cell is emptied when the interval closes. Until
   * a set has seen a whole interval it shows the current one, so that a scrape right after a send finds it.
   */
  readonly #completed = new Map<number, number>();
  readonly #exemplars = new Map<number, Exemplar>();
  readonly #write: Readonly<Record<CellKind, Write>> = {
    counter: (encoder, row, _shape, labels, facts, view) => {
      const isZero = facts.createdMs > view.zeroAfterMs;
      encoder.value(labels, isZero ? 0 : this.#tally.counterPositive(this.#cell(row)) * this.lookOf(row).scale, facts);
    },
    gauge: (encoder, row, _shape, labels, facts) =>
      encoder.value(labels, this.#tally.gauge(this.#cell(row)) * this.lookOf(row).scale, facts),
    set: (encoder, row, _shape, labels, facts) => {
      const members = this.#completed.get(row) ?? this.#tally.cardinality(this.#cell(row));
      encoder.value(labels, members * this.lookOf(row).scale, facts);
    },
    histogram: (encoder, row, shape, labels, facts, view) => {
      if (shape.type === "summary") this.#summary(encoder, row, labels, facts, view);
      else this.#histogram(encoder, row, labels, facts, view);
    },
  };

  constructor(tally: Tally, table: SeriesTable, options: Pick<PrometheusOptions, "ttlMs">, looks: readonly Look[]) {
    this.#tally = tally;
    this.#table = table;
    this.#ttlMs = options.ttlMs;
    this.#looks = looks;
  }

  /** More layouts, numbered on from those that there are. */
  addLayouts(layouts: readonly Layout[]): void {
    this.#layouts.push(...layouts);
    for (const { bounds, thresholds } of layouts) {
      const ascending = bounds.every(
        (bound, index) => Number.isFinite(bound) && bound > (bounds[index - 1] ?? -Infinity),
      );
      assert(ascending && thresholds.length === bounds.length, "histogram bounds are finite and ascending");
      this.#boundTexts.push(bounds.map(labelFloatText));
      this.#boundCounts.push(new Float64Array(bounds.length));
    }
  }

  lookOf(row: number): Look {
    return this.#looks[this.#table.looks[row] as number] as Look;
  }

  ownWindowMsOf(row: number): number | undefined {
    const window = this.#layouts[this.#table.layouts[row] as number]?.window;
    return window && window.ages * window.ageMs;
  }

  /** False after the time to live; a held series shows again when it is touched. */
  isShown(row: number, shape: Shape, nowMs: number): boolean {
    const ttlMs = this.lookOf(row).ttlMs ?? this.#ttlMs[shape.cell];
    return ttlMs === 0 || nowMs - this.#tally.touchedMs(this.#cell(row)) <= ttlMs;
  }

  /** When a sample of the series last arrived, in Unix seconds: as exact as the shards are drained often. */
  lastSeen(row: number): number {
    return this.#tally.touchedMs(this.#cell(row)) / 1000;
  }

  write(encoder: Encoder, row: number, shape: Shape, labels: LabelBytes, facts: SeriesFacts, view: View): void {
    this.#write[shape.cell](encoder, row, shape, labels, facts, view);
  }

  /** The last exemplar of a row that has one. */
  exemplarOf(row: number): Exemplar | undefined {
    return this.#exemplars.get(row);
  }

  /** `value` is as sent, to be seen by the look of its series. False where its label is longer than scrapers take one. */
  keepExemplar(
    row: number,
    look: number,
    { label, value, timeMs }: Pick<SampleExemplar, "label" | "value" | "timeMs">,
  ): boolean {
    const { divisor, scale } = this.#looks[look] as Look;
    const [key, text] = [escapeName(label[0]), label[1]];
    if (Array.from(key + text).length > EXEMPLAR_LENGTH_MAX) return false;
    this.#exemplars.set(row, { labels: [[key, text]], value: (value / divisor) * scale, timeMs });
    return true;
  }

  /** Closes an interval of a set. */
  completeSet(row: number): void {
    const cell = this.#cell(row);
    this.#completed.set(row, this.#tally.cardinality(cell));
    this.#tally.reset(cell);
  }

  forget(row: number): void {
    this.#completed.delete(row);
    this.#exemplars.delete(row);
  }

  #cell(row: number): number {
    return this.#table.cells[row] as number;
  }

  #summary(encoder: Encoder, row: number, labels: LabelBytes, facts: SeriesFacts, view: View): void {
    const cell = this.#cell(row);
    const { divisor, scale, quantiles, quantileTexts, quantileValues: values } = this.lookOf(row);
    const isZero = facts.createdMs > view.zeroAfterMs;
    this.#tally.quantiles(cell, quantiles, values);
    // Where larger samples are shown as smaller numbers, the lower end is the upper one.
    if (scale < 0) this.#tally.quantiles(cell, mirrored(quantiles), values);
    for (let index = 0; index < values.length; index += 1) {
      values[index] = ((values[index] as number) / divisor) * scale;
    }
    const count = isZero ? 0 : Math.round(this.#tally.count(cell));
    const sum = isZero ? 0 : (this.#tally.sum(cell) / divisor) * scale;
    encoder.summary(labels, { quantileTexts, quantiles, values, count, sum }, facts);
  }

  #histogram(encoder: Encoder, row: number, labels: LabelBytes, facts: SeriesFacts, view: View): void {
    const cell = this.#cell(row);
    const look = this.lookOf(row);
    const layout = this.#table.layouts[row] as number;
    const isZero = facts.createdMs > view.zeroAfterMs;
    const native = view.native !== "off" ? this.#readNative(cell, layout, look, isZero) : undefined;
    const counts = this.#readBounds(cell, layout, native?.count ?? Infinity);
    const count = native?.count ?? Math.max(counts.at(-1) ?? 0, Math.round(this.#tally.count(cell)));
    const isAlone = native !== undefined && view.native === "only";
    const reading = {
      boundTexts: isAlone ? [] : (this.#boundTexts[layout] as readonly string[]),
      bounds: isAlone ? [] : (this.#layouts[layout] as Layout).bounds,
      counts: isZero ? counts.fill(0) : counts,
      count: isZero ? 0 : count,
      sum: isZero ? 0 : (this.#tally.sum(cell) / look.divisor) * look.scale,
      native,
    };
    encoder.histogram(labels, reading, facts);
  }

  /**
   * Buckets are whole numbers for most scrapers, while weights (1 / sample rate) need not be: each cumulative count is
   * rounded, which keeps their order, and the maximum guards it against the last bit of a float sum. None is above `most`.
   */
  #readBounds(cell: number, layout: number, most: number): Float64Array {
    const counts = this.#boundCounts[layout] as Float64Array;
    this.#tally.boundCounts(cell, counts);
    let highest = 0;
    for (let index = 0; index < counts.length; index += 1) {
      highest = Math.min(Math.max(highest, Math.round(counts[index] as number)), most);
      counts[index] = highest;
    }
    return counts;
  }

  /** Receivers check a histogram's count against its native buckets, which are rounded one by one: `count` is their sum. */
  #readNative(cell: number, layout: number, look: Look, isZero: boolean): NativeFold {
    this.#native.begin((this.#layouts[layout] as Layout).digits, look.divisor / look.scale, look.nativeFactor);
    if (!isZero) this.#tally.buckets(cell, this.#native.add);
    this.#native.end(look.nativeBucketsMax);
    return this.#native;
  }
}

function mirrored(quantiles: readonly number[]): number[] {
  return quantiles.map((quantile) => 1 - quantile);
}
