import type { Slot } from "./slots.ts";

/** Type codes of Datadog's v2 series. */
export const TYPE_RATE = 2;
export const TYPE_GAUGE = 3;
export type SeriesType = typeof TYPE_RATE | typeof TYPE_GAUGE;

/** What a point needs to know of its series. */
export type Identity = Pick<Slot, "name" | "host" | "device" | "resources" | "tagsJson">;

/** One point of one series, not yet written as text. */
export interface SeriesPoint {
  /** Name, host, device and tags; the metric is `slot.name + suffix`. */
  readonly slot: Identity;
  readonly suffix: string;
  readonly type: SeriesType;
  /** Seconds that a rate was divided by. */
  readonly interval: number;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly value: number;
}

/**
 * Points as columns. An interval of a hundred thousand series is taken in one go, and as many objects as points would
 * cost more in garbage collection than everything else about it.
 */
export class SeriesColumns {
  readonly #slots: Identity[] = [];
  readonly #suffixes: string[] = [];
  readonly #types: SeriesType[] = [];
  readonly #intervals: number[] = [];
  readonly #timestamps: number[] = [];
  readonly #values: number[] = [];

  get length(): number {
    return this.#slots.length;
  }

  add(slot: Identity, suffix: string, type: SeriesType, interval: number, timestamp: number, value: number): void {
    this.#slots.push(slot);
    this.#suffixes.push(suffix);
    this.#types.push(type);
    this.#intervals.push(interval);
    this.#timestamps.push(timestamp);
    this.#values.push(value);
  }

  nameAt(index: number): string {
    return (this.#slots[index] as Identity).name;
  }

  at(index: number): SeriesPoint {
    return {
      slot: this.#slots[index] as Identity,
      suffix: this.#suffixes[index] as string,
      type: this.#types[index] as SeriesType,
      interval: this.#intervals[index] as number,
      timestamp: this.#timestamps[index] as number,
      value: this.#values[index] as number,
    };
  }
}
