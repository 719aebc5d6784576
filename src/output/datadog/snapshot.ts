import type { Tally } from "../../core/tally.ts";
import type { Interval } from "../output.ts";
import type { SeriesPoint, SeriesType } from "./columns.ts";
import { SeriesColumns, TYPE_GAUGE, TYPE_RATE } from "./columns.ts";
import type { HistogramAggregate } from "./options.ts";
import type { Form, Part, Projection } from "./projection.ts";
import type { Sketch } from "./sketch.ts";
import { sketchOf } from "./sketch.ts";
import type { SketchIdentity, Slot, Slots } from "./slots.ts";

export { TYPE_GAUGE, TYPE_RATE } from "./columns.ts";

export interface SketchPoint {
  readonly slot: SketchIdentity;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly sketch: Sketch;
}

export type Reading = Pick<
  Tally,
  | "samples"
  | "counterSum"
  | "gauge"
  | "cardinality"
  | "count"
  | "sum"
  | "min"
  | "max"
  | "quantiles"
  | "buckets"
  | "reset"
>;

export interface SnapshotSettings extends Pick<Projection, "parts" | "quantiles"> {
  readonly counterExpirySeconds: number;
}

/** What reading a cell costs, in counters: measured, a histogram takes about fifteen times as long. */
const COST: Readonly<Record<Form, number>> = { counter: 1, gauge: 1, set: 1, aggregates: 15, sketch: 15 };

/**
 * Takes the numbers of one interval out of the tally, cell by cell, and leaves them at zero. Points carry the start of
 * the interval, as the Agent's do. Cells that nobody holds and that have nothing more to say are released.
 */
export class Snapshot {
  readonly interval: Interval;
  readonly series = new SeriesColumns();
  readonly sketches: SketchPoint[] = [];
  /** Points left out because their value was not finite. */
  notFinite = 0;
  readonly #tally: Reading;
  readonly #slots: Slots;
  readonly #settings: SnapshotSettings;
  readonly #seconds: number;
  readonly #quantiles: Float64Array;
  /** Slots that are bound from now on come after these, and are left to the next interval. */
  readonly #iterator: Iterator<Slot>;
  #left: number;

  constructor(tally: Reading, slots: Slots, interval: Interval, settings: SnapshotSettings) {
    this.interval = interval;
    this.#tally = tally;
    this.#slots = slots;
    this.#settings = settings;
    this.#seconds = interval.endSeconds - interval.startSeconds;
    this.#quantiles = new Float64Array(settings.quantiles.length);
    this.#iterator = slots.values();
    this.#left = slots.size;
  }

  /** Reads cells worth about `budget` counters; true when all have been read. */
  read(budget: number): boolean {
    for (let spent = 0; this.#left > 0 && spent < budget; this.#left--) {
      const { value: slot } = this.#iterator.next();
      spent += COST[(slot as Slot).form] + ((slot as Slot).copy === undefined ? 0 : COST.sketch);
      this.#readSlot(slot as Slot);
    }
    return this.#left === 0;
  }

  #readSlot(slot: Slot): void {
    const { startSeconds } = this.interval;
    if (this.#tally.samples(slot.cell) > 0) {
      slot.activeSeconds = startSeconds;
      READ[slot.form](this, slot);
      this.#tally.reset(slot.cell);
      return;
    }
    // Without a sign: after a clock was set back by a day, a counter must not be sent as 0 for a day.
    const idleSeconds = Math.abs(startSeconds - slot.activeSeconds);
    const wasSeen = slot.activeSeconds >= 0;
    if (slot.form === "counter" && wasSeen && idleSeconds <= this.#settings.counterExpirySeconds)
      READ.counter(this, slot);
    else if (slot.holders === 0) this.#slots.release(slot);
  }

  counter(slot: Slot): void {
    this.#push(slot, "", TYPE_RATE, this.#tally.counterSum(slot.cell) / this.#seconds);
  }

  gauge(slot: Slot): void {
    this.#push(slot, "", TYPE_GAUGE, this.#tally.gauge(slot.cell));
  }

  set(slot: Slot): void {
    this.#push(slot, "", TYPE_GAUGE, this.#tally.cardinality(slot.cell));
  }

  aggregates(slot: Slot): void {
    const { parts, quantiles } = this.#settings;
    if (quantiles.length > 0) this.#tally.quantiles(slot.cell, quantiles, this.#quantiles);
    for (const part of parts) {
      this.#push(slot, part.suffix, part.type === "count" ? TYPE_RATE : TYPE_GAUGE, this.#partValue(slot.cell, part));
    }
    if (slot.copy !== undefined) this.sketch(slot.copy, slot.cell);
  }

  sketch(slot: SketchIdentity, cell: number): void {
    const tally = this.#tally;
    const summary = { min: tally.min(cell), max: tally.max(cell), sum: tally.sum(cell) };
    const sketch = sketchOf((visit) => tally.buckets(cell, visit), summary);
    if (sketch === undefined) this.notFinite++;
    else this.sketches.push({ slot, timestamp: this.interval.startSeconds, sketch });
  }

  #partValue(cell: number, part: Part): number {
    if (part.type === "quantile") return this.#quantiles[part.index] as number;
    return AGGREGATE[part.type](this.#tally, cell, this.#seconds);
  }

  #push(slot: Slot, suffix: string, type: SeriesType, value: number): void {
    // JSON has no word for these; `null` in one point would make Datadog refuse the whole payload.
    if (!Number.isFinite(value)) this.notFinite++;
    else this.series.add(slot, suffix, type, this.#seconds, this.interval.startSeconds, value);
  }
}

type Aggregate = Exclude<HistogramAggregate, "median">;

/** How each aggregate of a histogram is read. */
const AGGREGATE: Readonly<Record<Aggregate, (tally: Reading, cell: number, seconds: number) => number>> = {
  avg: (tally, cell) => tally.sum(cell) / tally.count(cell),
  count: (tally, cell, seconds) => tally.count(cell) / seconds,
  max: (tally, cell) => tally.max(cell),
  min: (tally, cell) => tally.min(cell),
  sum: (tally, cell) => tally.sum(cell),
};

/** How each form is read; one row each. */
const READ: Readonly<Record<Form, (snapshot: Snapshot, slot: Slot) => void>> = {
  counter: (snapshot, slot) => snapshot.counter(slot),
  gauge: (snapshot, slot) => snapshot.gauge(slot),
  set: (snapshot, slot) => snapshot.set(slot),
  aggregates: (snapshot, slot) => snapshot.aggregates(slot),
  sketch: (snapshot, slot) => snapshot.sketch(slot, slot.cell),
};

/** A whole interval at once, as plain points: for a few series, such as a preview's. */
export function takeSnapshot(
  tally: Reading,
  slots: Slots,
  interval: Interval,
  settings: SnapshotSettings,
): { readonly series: SeriesPoint[]; readonly sketches: SketchPoint[]; readonly notFinite: number } {
  const snapshot = new Snapshot(tally, slots, interval, settings);
  snapshot.read(Infinity);
  const series = Array.from({ length: snapshot.series.length }, (_, index) => snapshot.series.at(index));
  return { series, sketches: snapshot.sketches, notFinite: snapshot.notFinite };
}
