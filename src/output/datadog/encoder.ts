import { setImmediate as yieldToLoop } from "node:timers/promises";
import { BatchWriter } from "./batch.ts";
import type { SeriesColumns } from "./columns.ts";
import { encodeSeriesV1, encodeSeriesV2, encodeSketch } from "./encode.ts";
import { encodeCheck, encodeEvent } from "./encode-special.ts";
import type { Ledger } from "./ledger.ts";
import { orderByName } from "./order.ts";
import type { DatadogOptions } from "./options.ts";
import { batchBytesMax, pack } from "./payload.ts";
import type { Packed, Payload } from "./payload.ts";
import { ROUTES, eventsRoute } from "./route.ts";
import type { Route } from "./route.ts";
import type { SketchPoint } from "./snapshot.ts";
import type { DatedCheck, DatedEvent } from "./specials.ts";

/** Points to write and send, already counted as made. */
export interface EncodeJob {
  readonly series: SeriesColumns;
  readonly sketches: readonly SketchPoint[];
  readonly events: readonly DatedEvent[];
  readonly checks: readonly DatedCheck[];
  /** Unix milliseconds: the age of the payloads. */
  readonly createdMs: number;
}

/** Points of one kind and how to write them. */
interface Work {
  readonly route: Route;
  readonly length: number;
  /** Points to write before the event loop gets its turn: a few milliseconds. */
  readonly slice: number;
  nameAt(index: number): string;
  encodeAt(index: number): string | Uint8Array;
}

/** Jobs that may wait; more means that encoding takes longer than an interval, and that freshness is what is left to save. */
const JOBS_MAX = 3;
const SLICE_SERIES = 500;
const SLICE_SKETCHES = 50;

type Settings = Pick<DatadogOptions, "compression" | "hostname" | "seriesApi">;

/** How many points a job has; an event or a service check counts as one. */
export function pointsIn({ series, sketches, events, checks }: Omit<EncodeJob, "createdMs">): number {
  return series.length + sketches.length + events.length + checks.length;
}

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
      this.#ledger.drop("queue_full", pointsIn(oldest));
    }
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
  }

  /** Resolves when nothing is left to encode. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Drops what has not been started. */
  discard(): void {
    for (const job of this.#jobs.splice(0)) this.#ledger.drop("shutdown", pointsIn(job));
  }

  async #run(): Promise<void> {
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      await this.#write(this.#seriesWork(job.series), job.createdMs);
      await this.#write(sketchWork(job.sketches), job.createdMs);
      for (const [source, events] of Map.groupBy(job.events, ({ sourceType }) => sourceType)) {
        await this.#write(
          specialWork(eventsRoute(source, this.#settings.hostname), events, encodeEvent),
          job.createdMs,
        );
      }
      await this.#write(specialWork(ROUTES.checks, job.checks, encodeCheck), job.createdMs);
    }
  }

  #seriesWork(series: SeriesColumns): Work {
    const v1 = this.#settings.seriesApi === "v1";
    const encode = v1 ? encodeSeriesV1 : encodeSeriesV2;
    return {
      route: v1 ? ROUTES.v1 : ROUTES.v2,
      length: series.length,
      slice: SLICE_SERIES,
      nameAt: (index) => series.nameAt(index),
      encodeAt: (index) => encode(series.at(index)),
    };
  }

  async #write(work: Work, createdMs: number): Promise<void> {
    const { route } = work;
    const writer = new BatchWriter(route.separator);
    const bytesMax = batchBytesMax(route, this.#settings.compression);
    const order = await orderByName(work.length, work.nameAt);
    for (let start = 0; start < work.length; start += work.slice) {
      await yieldToLoop();
      for (const index of order.subarray(start, start + work.slice)) {
        writer.add(work.encodeAt(index));
        if (writer.length >= route.pointsMax || writer.bytes >= bytesMax) await this.#pack(route, writer, createdMs);
      }
    }
    await this.#pack(route, writer, createdMs);
  }

  async #pack(route: Route, writer: BatchWriter, createdMs: number): Promise<void> {
    const batch = writer.take();
    let packed: Packed;
    try {
      packed = await pack(route, batch, createdMs, this.#settings.compression);
    } catch (error) {
      // Compression fails where memory is short: an operating failure, not a bug.
      this.#ledger.drop("encode_error", batch.itemBytes.length);
      return this.#onError(error);
    }
    if (packed.tooBig > 0) this.#ledger.drop("too_big", packed.tooBig);
    for (const payload of packed.payloads) this.#deliver(payload);
  }
}

function sketchWork(sketches: readonly SketchPoint[]): Work {
  return {
    route: ROUTES.sketches,
    length: sketches.length,
    slice: SLICE_SKETCHES,
    nameAt: (index) => (sketches[index] as SketchPoint).slot.name,
    encodeAt: (index) => encodeSketch(sketches[index] as SketchPoint),
  };
}

/** In the order in which they came. */
function specialWork<Sent>(route: Route, specials: readonly Sent[], encode: (special: Sent) => string): Work {
  const { length } = specials;
  return {
    route,
    length,
    slice: SLICE_SERIES,
    nameAt: () => "",
    encodeAt: (index) => encode(specials[index] as Sent),
  };
}
