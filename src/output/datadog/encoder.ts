import { setImmediate as yieldToLoop } from "node:timers/promises";
import { encodeSeriesV1, encodeSeriesV2, encodeSketch } from "./encode.ts";
import type { Ledger } from "./ledger.ts";
import type { DatadogOptions } from "./options.ts";
import { pack } from "./payload.ts";
import type { Packed, Payload } from "./payload.ts";
import { ROUTES } from "./route.ts";
import type { Route } from "./route.ts";
import type { SeriesPoint, SketchPoint } from "./snapshot.ts";

/** Points to write and send, already counted as made. */
export interface EncodeJob {
  readonly series: readonly SeriesPoint[];
  readonly sketches: readonly SketchPoint[];
  /** Unix milliseconds: the age of the payloads. */
  readonly createdMs: number;
}

/** Jobs that may wait; more means that encoding takes longer than an interval, and that freshness is what is left to save. */
const JOBS_MAX = 3;
/** Points written before the event loop gets its turn: a millisecond or two. */
const SLICE_SERIES = 2_000;
const SLICE_SKETCHES = 100;

type Settings = Pick<DatadogOptions, "compression" | "seriesApi">;

/** Turns numbers into payloads in slices, in the order of their intervals, so that the event loop is never held for long. */
export class Encoder {
  readonly #settings: Settings;
  readonly #ledger: Ledger;
  readonly #deliver: (payload: Payload) => void;
  readonly #onError: (error: unknown) => void;
  readonly #jobs: EncodeJob[] = [];
  #running: Promise<void> | undefined;

  constructor(
    settings: Settings,
    ledger: Ledger,
    deliver: (payload: Payload) => void,
    onError: (error: unknown) => void,
  ) {
    this.#settings = settings;
    this.#ledger = ledger;
    this.#deliver = deliver;
    this.#onError = onError;
  }

  add(job: EncodeJob): void {
    this.#jobs.push(job);
    if (this.#jobs.length > JOBS_MAX) {
      const oldest = this.#jobs.shift() as EncodeJob;
      this.#ledger.drop("queue_full", oldest.series.length + oldest.sketches.length);
    }
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
  }

  /** Resolves when nothing is left to encode. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Drops what has not been started. */
  discard(): void {
    for (const job of this.#jobs.splice(0)) this.#ledger.drop("shutdown", job.series.length + job.sketches.length);
  }

  async #run(): Promise<void> {
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      const v1 = this.#settings.seriesApi === "v1";
      const encodeSeries = v1 ? encodeSeriesV1 : encodeSeriesV2;
      const seriesRoute: Route = v1 ? ROUTES.v1 : ROUTES.v2;
      await this.#encode(seriesRoute, job.series, SLICE_SERIES, seriesName, encodeSeries, job.createdMs);
      await this.#encode(ROUTES.sketches, job.sketches, SLICE_SKETCHES, sketchName, encodeSketch, job.createdMs);
    }
  }

  /** At most a payload's worth of points at a time: this bounds the memory, and neighbours by name compress better. */
  async #encode<Point>(
    route: Route,
    points: readonly Point[],
    slice: number,
    nameOf: (point: Point) => string,
    encode: (point: Point) => Uint8Array,
    createdMs: number,
  ): Promise<void> {
    for (let start = 0; start < points.length; start += route.pointsMax) {
      const batch = points.slice(start, start + route.pointsMax);
      const named = batch.map((point) => ({ name: nameOf(point), point }));
      named.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
      await yieldToLoop();
      const items: Uint8Array[] = [];
      for (const { point } of named) {
        items.push(encode(point));
        if (items.length % slice === 0) await yieldToLoop();
      }
      await this.#pack(route, items, createdMs);
    }
  }

  async #pack(route: Route, items: readonly Uint8Array[], createdMs: number): Promise<void> {
    let packed: Packed;
    try {
      packed = await pack(route, items, createdMs, this.#settings.compression);
    } catch (error) {
      // Compression fails where memory is short: an operating failure, not a bug.
      this.#ledger.drop("encode_error", items.length);
      return this.#onError(error);
    }
    if (packed.tooBig > 0) this.#ledger.drop("too_big", packed.tooBig);
    for (const payload of packed.payloads) this.#deliver(payload);
  }
}

const seriesName = (point: SeriesPoint): string => point.slot.name + point.suffix;
const sketchName = (point: SketchPoint): string => point.slot.name;
