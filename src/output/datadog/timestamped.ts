import type { TimestampedSample } from "../../model/event.ts";
import type { SeriesColumns } from "./columns.ts";
import { TYPE_GAUGE, TYPE_RATE } from "./columns.ts";
import type { Projection } from "./projection.ts";

/** The Agent divides a counter with a timestamp by ten seconds, whatever the time it stands for. */
const RATE_SECONDS = 10;

interface Gathered {
  readonly name: string;
  readonly host: string;
  readonly device: string;
  readonly resources: readonly string[];
  readonly tagsJson: string;
  readonly counter: boolean;
  readonly timestamp: number;
  value: number;
}

/**
 * Samples that carry their own time, between two flushes. Those of one series and second become one point (counters
 * are added, the last gauge wins), because Datadog would keep only the last point written.
 */
export class Timestamped {
  #byKey = new Map<string, Gathered>();
  readonly #projection: Projection;
  readonly #countMax: number;

  constructor(projection: Projection, countMax: number) {
    this.#projection = projection;
    this.#countMax = countMax;
  }

  /** False where there is no room for another point. */
  add(sample: TimestampedSample): boolean {
    const projected = this.#projection.project(sample.name, sample.tags, sample.host, sample.kind);
    const key = `${sample.timestamp}\0${sample.kind}\0${projected.key}`;
    const counter = sample.kind === "counter";
    const value = counter ? sample.values.reduce((sum, each) => sum + each, 0) : (sample.values.at(-1) ?? 0);
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      known.value = counter ? known.value + value : value;
      return true;
    }
    if (this.#byKey.size >= this.#countMax) return false;
    const { name, host, device, resources, tags } = projected;
    const tagsJson = JSON.stringify(tags);
    const { timestamp } = sample;
    this.#byKey.set(key, { name, host, device, resources, tagsJson, counter, timestamp, value });
    return true;
  }

  /** Moves the points gathered since the last call to `into`; answers how many could not be said in JSON. */
  moveTo(into: SeriesColumns): number {
    let notFinite = 0;
    for (const gathered of this.#byKey.values()) {
      const { counter, timestamp } = gathered;
      const value = counter ? gathered.value / RATE_SECONDS : gathered.value;
      if (!Number.isFinite(value)) notFinite++;
      else into.add(gathered, "", counter ? TYPE_RATE : TYPE_GAUGE, RATE_SECONDS, timestamp, value);
    }
    this.#byKey = new Map();
    return notFinite;
  }
}
