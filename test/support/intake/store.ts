import type { TakenPoint } from "./rules.ts";
import { isSilentlyDropped } from "./rules.ts";
import type { TakenSketch } from "./sketch-rules.ts";

/** A sketch as stored: all that came for one name, host, tags and second, added up. */
export interface StoredSketch {
  readonly metric: string;
  readonly host: string;
  readonly tags: readonly string[];
  readonly ts: number;
  cnt: number;
  min: number;
  max: number;
  sum: number;
  readonly bins: Map<number, number>;
}

const FORGOTTEN_MAX = 1_000;

/** What the intake has taken, stored as the real one stores it. */
export class Store {
  readonly points = new Map<string, TakenPoint>();
  readonly sketches = new Map<string, StoredSketch>();
  /** Points written over one with another value: lost data, whatever the sender believes. */
  overwrites = 0;
  /** The same point again: harmless, and a sign of a retry. */
  repeats = 0;
  silentlyDropped = 0;
  /** The last points of those. */
  readonly forgotten: TakenPoint[] = [];
  pointsReceived = 0;

  addPoint(point: TakenPoint, nowSeconds: number): void {
    this.pointsReceived++;
    if (isSilentlyDropped(point.timestamp, nowSeconds)) {
      this.silentlyDropped++;
      this.forgotten.push(point);
      if (this.forgotten.length > FORGOTTEN_MAX) this.forgotten.shift();
      return;
    }
    const key = contextKey(point.metric, point.host, [...point.tags, `device:${point.device}`], point.timestamp);
    const known = this.points.get(key);
    if (known !== undefined) {
      const same = known.value === point.value && known.type === point.type && known.interval === point.interval;
      if (same) this.repeats++;
      else this.overwrites++;
    }
    this.points.set(key, point);
  }

  addSketch(sketch: TakenSketch, nowSeconds: number): void {
    this.pointsReceived++;
    if (isSilentlyDropped(sketch.ts, nowSeconds)) {
      this.silentlyDropped++;
      return;
    }
    const { metric, host, tags, ts } = sketch;
    const key = contextKey(metric, host, tags, ts);
    let stored = this.sketches.get(key);
    if (stored === undefined) {
      stored = { metric, host, tags, ts, cnt: 0, min: Infinity, max: -Infinity, sum: 0, bins: new Map() };
      this.sketches.set(key, stored);
    }
    stored.cnt += sketch.cnt;
    stored.sum += sketch.sum;
    stored.min = Math.min(stored.min, sketch.min);
    stored.max = Math.max(stored.max, sketch.max);
    for (const [index, bin] of sketch.k.entries()) {
      stored.bins.set(bin, (stored.bins.get(bin) ?? 0) + (sketch.n[index] as number));
    }
  }

  /** The points of a metric, oldest first. */
  pointsOf(metric: string): TakenPoint[] {
    return [...this.points.values()]
      .filter((point) => point.metric === metric)
      .sort((a, b) => a.timestamp - b.timestamp);
  }

  sketchesOf(metric: string): StoredSketch[] {
    return [...this.sketches.values()].filter((sketch) => sketch.metric === metric).sort((a, b) => a.ts - b.ts);
  }
}

/** Tags are lower-cased and their order does not matter, as at Datadog. */
function contextKey(metric: string, host: string, tags: readonly string[], timestamp: number): string {
  return JSON.stringify([metric, host, tags.map((tag) => tag.toLowerCase()).sort(), timestamp]);
}

/** The value at a quantile, each bin read as the value in its middle. */
export function sketchQuantile(sketch: StoredSketch, q: number): number {
  const rank = Math.max(1, Math.ceil(q * sketch.cnt));
  let cumulative = 0;
  for (const [key, count] of [...sketch.bins].sort((a, b) => a[0] - b[0])) {
    cumulative += count;
    if (cumulative >= rank) return key === 0 ? 0 : Math.sign(key) * 1.015625 ** (Math.abs(key) - 1338);
  }
  return sketch.max;
}
