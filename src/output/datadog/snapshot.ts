import type { Tally } from "../../core/tally.ts";
import type { Interval } from "../output.ts";
import type { Part, Projection } from "./projection.ts";
import type { Sketch } from "./sketch.ts";
import { sketchOf } from "./sketch.ts";
import type { Slot, Slots } from "./slots.ts";

/** Type codes of Datadog's v2 series. */
export const TYPE_RATE = 2;
export const TYPE_GAUGE = 3;

/** One point of one series, not yet written as text. */
export interface SeriesPoint {
  /** Name, host, device and tags; the metric is `slot.name + suffix`. */
  readonly slot: Pick<Slot, "name" | "host" | "device" | "tagsJson">;
  readonly suffix: string;
  readonly type: typeof TYPE_RATE | typeof TYPE_GAUGE;
  /** Seconds that a rate was divided by. */
  readonly interval: number;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly value: number;
}

export interface SketchPoint {
  readonly slot: Pick<Slot, "name" | "host" | "tagsJson">;
  readonly timestamp: number;
  readonly sketch: Sketch;
}

/** The numbers of one interval, taken out of the tally. */
export interface Snapshot {
  readonly series: SeriesPoint[];
  readonly sketches: SketchPoint[];
  /** Points left out because their value was not finite. */
  notFinite: number;
}

type Reading = Pick<
  Tally,
  | "samples" | "counterSum" | "gauge" | "cardinality" | "count" | "sum" | "min" | "max" | "quantiles" | "buckets" | "reset"
>;

export interface SnapshotSettings extends Pick<Projection, "parts" | "quantiles"> {
  readonly counterExpirySeconds: number;
}

/**
 * Takes the interval's numbers of all cells and leaves them at zero. Points carry the start of the interval, as the
 * Agent's do. Cells that nobody holds and that have nothing more to say are released.
 */
export function takeSnapshot(tally: Reading, slots: Slots, interval: Interval, settings: SnapshotSettings): Snapshot {
  const snapshot: Snapshot = { series: [], sketches: [], notFinite: 0 };
  for (const slot of slots.values()) {
    const active = tally.samples(slot.cell) > 0;
    if (active) {
      slot.activeSeconds = interval.startSeconds;
      READ[slot.form](tally, slot, interval, settings, snapshot);
      tally.reset(slot.cell);
      continue;
    }
    const idleSeconds = interval.startSeconds - slot.activeSeconds;
    const zero = slot.form === "counter" && slot.activeSeconds >= 0 && idleSeconds <= settings.counterExpirySeconds;
    if (zero) READ.counter(tally, slot, interval, settings, snapshot);
    else if (slot.holders === 0) slots.release(slot);
  }
  return snapshot;
}

type Read = (
  tally: Reading,
  slot: Slot,
  interval: Interval,
  settings: SnapshotSettings,
  into: Snapshot,
) => void;

/** How each form is read; one row each. */
const READ: Readonly<Record<Slot["form"], Read>> = {
  counter: (tally, slot, interval, _settings, into) => {
    push(into, slot, "", TYPE_RATE, interval, tally.counterSum(slot.cell) / seconds(interval));
  },
  gauge: (tally, slot, interval, _settings, into) => {
    push(into, slot, "", TYPE_GAUGE, interval, tally.gauge(slot.cell));
  },
  set: (tally, slot, interval, _settings, into) => {
    push(into, slot, "", TYPE_GAUGE, interval, tally.cardinality(slot.cell));
  },
  aggregates: (tally, slot, interval, settings, into) => {
    const quantiles = new Float64Array(settings.quantiles.length);
    if (quantiles.length > 0) tally.quantiles(slot.cell, settings.quantiles, quantiles);
    for (const part of settings.parts) {
      const value = partValue(tally, slot.cell, part, interval, quantiles);
      push(into, slot, part.suffix, part.type === "count" ? TYPE_RATE : TYPE_GAUGE, interval, value);
    }
  },
  sketch: (tally, slot, interval, _settings, into) => {
    const { cell } = slot;
    const summary = { min: tally.min(cell), max: tally.max(cell), sum: tally.sum(cell) };
    const sketch = sketchOf((visit) => tally.buckets(cell, visit), summary);
    if (sketch === undefined) into.notFinite++;
    else into.sketches.push({ slot, timestamp: interval.startSeconds, sketch });
  },
};

function partValue(tally: Reading, cell: number, part: Part, interval: Interval, quantiles: Float64Array): number {
  switch (part.type) {
    case "quantile":
      return quantiles[part.index] as number;
    case "avg":
      return tally.sum(cell) / tally.count(cell);
    case "count":
      return tally.count(cell) / seconds(interval);
    case "max":
      return tally.max(cell);
    case "min":
      return tally.min(cell);
    case "sum":
      return tally.sum(cell);
  }
}

function seconds(interval: Interval): number {
  return interval.endSeconds - interval.startSeconds;
}

function push(
  into: Snapshot,
  slot: Slot,
  suffix: string,
  type: typeof TYPE_RATE | typeof TYPE_GAUGE,
  interval: Interval,
  value: number,
): void {
  // JSON has no word for these; `null` in one point would make Datadog refuse the whole payload.
  if (!Number.isFinite(value)) into.notFinite++;
  else into.series.push({ slot, suffix, type, interval: seconds(interval), timestamp: interval.startSeconds, value });
}
