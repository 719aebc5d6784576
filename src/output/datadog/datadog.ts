import { readFile } from "node:fs/promises";
import type { Tally } from "../../core/tally.ts";
import { createTally } from "../../core/tally.ts";
import type { Special } from "../../model/event.ts";
import type { Layout } from "../../model/layout.ts";
import type { Series } from "../../model/series.ts";
import type { OutputStatus } from "../../model/status.ts";
import type { Interval, Output } from "../output.ts";
import { SeriesColumns } from "./columns.ts";
import type { DeliveryDeps } from "./delivery.ts";
import { Delivery } from "./delivery.ts";
import { Encoder, pointsIn } from "./encoder.ts";
import { createKeySource } from "../delivery/key-source.ts";
import { Ledger } from "./ledger.ts";
import type { DatadogOptions } from "./options.ts";
import { baseUrl } from "./options.ts";
import { createProjection } from "./projection.ts";
import type { Projection } from "./projection.ts";
import { Reader } from "./reader.ts";
import { Slots } from "./slots.ts";
import { Specials } from "./specials.ts";
import { Snapshot } from "./snapshot.ts";
import type { SketchPoint } from "./snapshot.ts";
import { Timestamped } from "./timestamped.ts";
import { createTransport } from "../delivery/transport.ts";
import { waitFor } from "../delivery/wait.ts";

/** Series, sketches, events, service checks. */
const PATHS = 4;

export interface DatadogDeps extends DeliveryDeps {
  /** Reads the key file. */
  readonly readFile: (path: string) => Promise<string>;
}

/** The real clock, network and files. */
export function systemDeps(log: DeliveryDeps["log"], options: Pick<DatadogOptions, "concurrencyMax">): DatadogDeps {
  return {
    log,
    now: () => Date.now(),
    random: () => Math.random(),
    // One set of connections serves all paths: where one hangs, the others still find some.
    transport: createTransport({ connectionsMax: PATHS * options.concurrencyMax, connectTimeoutMs: 10_000 }),
    wait: waitFor,
    readFile: (path) => readFile(path, "utf8"),
  };
}

/**
 * Sends every interval's numbers to Datadog's intake: counters as rates, gauges, set cardinalities, histogram
 * aggregates, sketches of distributions, events and service checks.
 */
export function createDatadogOutput(options: DatadogOptions, deps: DatadogDeps): Output {
  return new DatadogOutput(options, deps);
}

class DatadogOutput implements Output {
  readonly name = "datadog";
  readonly tally: Tally;
  readonly #options: DatadogOptions;
  readonly #deps: DatadogDeps;
  readonly #projection: Projection;
  readonly #slots: Slots;
  readonly #timestamped: Timestamped;
  readonly #specials: Specials;
  readonly #ledger = new Ledger();
  readonly #reader: Reader;
  readonly #encoder: Encoder;
  readonly #delivery: Delivery;

  constructor(options: DatadogOptions, deps: DatadogDeps) {
    this.#options = options;
    this.#deps = deps;
    // Classic bounds are for other outputs: without them a histogram cell costs less here.
    this.tally = createTally({ layouts: options.layouts.map(withoutBounds) });
    this.#projection = createProjection(options);
    this.#slots = new Slots(this.tally, this.#projection, options.seriesMax);
    this.#timestamped = new Timestamped(this.#projection, options.timestampedMax);
    this.#specials = new Specials(options);
    const place = { what: "API key", given: options.apiKey, file: options.apiKeyFile, isHeader: true };
    const keys = createKeySource(place, deps.readFile);
    this.#delivery = new Delivery(options, baseUrl(options), keys, this.#ledger, deps);
    this.#reader = new Reader(({ series, sketches, notFinite, interval }) =>
      this.#make(series, sketches, notFinite, interval.startSeconds * 1000),
    );
    const onError = (error: unknown): void => deps.log.error({ err: error }, "points for Datadog could not be encoded");
    this.#encoder = new Encoder(options, this.#ledger, (payload) => this.#delivery.add(payload), onError);
  }

  addLayouts(layouts: readonly Layout[]): void {
    this.tally.addLayouts(layouts.map(withoutBounds));
  }

  bind(series: Series): number {
    return this.#slots.bind(series);
  }

  get vacancies(): number {
    return this.#slots.vacancies;
  }

  unbind(cell: number): void {
    this.#slots.unbind(cell);
  }

  take(specials: readonly Special[]): void {
    const nowSeconds = Math.floor(this.#deps.now() / 1000);
    for (const special of specials) {
      if (special.type === "timestamped") this.#count("timestamped_full", this.#timestamped.add(special.sample));
      else if (special.type !== "exemplar" && this.#isWanted(special.type))
        this.#count("specials_full", this.#specials.add(special, nowSeconds));
    }
  }

  tick(_nowMs: number): void {
    this.#delivery.tick();
  }

  flush(interval: Interval): void {
    this.#delivery.forgetReported();
    const { parts, quantiles } = this.#projection;
    const { counterExpirySeconds } = this.#options;
    this.#reader.start(new Snapshot(this.tally, this.#slots, interval, { parts, quantiles, counterExpirySeconds }));
  }

  status(): OutputStatus {
    const { healthy, detail } = this.#delivery.health();
    const ledger = this.#ledger;
    return {
      name: this.name,
      healthy,
      detail,
      series: { ...this.#slots.series },
      memory: this.tally.memory(),
      delivered: this.#delivery.delivered,
      retries: this.#delivery.retries,
      queued: this.#delivery.queued + (this.#reader.isReading ? 1 : 0),
      dropped: Object.fromEntries(ledger.dropped),
      notes: {
        points_made: ledger.made,
        points_delivered: ledger.delivered,
        points_queued: ledger.queued,
        queued_bytes: this.#delivery.queuedBytes,
        ...this.#specials.counts(),
        names_altered: this.#slots.counts.altered,
        series_in_conflict: this.#slots.counts.conflicts,
        series_over_limit: this.#slots.counts.overLimit,
      },
    };
  }

  async close(deadlineMs: number): Promise<void> {
    await this.#reader.idle();
    this.#make(new SeriesColumns(), [], 0, this.#deps.now());
    const pause = new AbortController();
    const deadline = this.#deps.wait(Math.max(1, deadlineMs - this.#deps.now()), pause.signal);
    await Promise.race([this.#encoder.idle(), deadline]);
    pause.abort();
    this.#encoder.discard();
    await this.#delivery.close(deadlineMs);
    // What was in the middle of being encoded at the deadline reaches a closed delivery, which counts it as dropped.
    await this.#encoder.idle();
    const dropped = this.#ledger.dropped.get("shutdown") ?? 0;
    if (dropped > 0) this.#deps.log.error({ points: dropped }, "points for Datadog were lost at shutdown");
  }

  /** Counts points as made, with all that is not aggregated (own times, events, service checks), and has them sent. */
  #make(series: SeriesColumns, sketches: readonly SketchPoint[], notFinite: number, createdMs: number): void {
    const unsayable = notFinite + this.#timestamped.moveTo(series);
    const job = { series, sketches, ...this.#specials.take(), createdMs };
    const points = pointsIn(job);
    this.#ledger.make(points + unsayable);
    if (unsayable > 0) this.#ledger.drop("not_finite", unsayable);
    if (points > 0) this.#encoder.add(job);
  }

  #isWanted(type: "event" | "service_check"): boolean {
    return type === "event" ? this.#options.sendsEvents : this.#options.sendsServiceChecks;
  }

  /** What found no room is made and dropped at once. */
  #count(reason: "timestamped_full" | "specials_full", hasRoom: boolean): void {
    if (hasRoom) return;
    this.#ledger.make(1);
    this.#ledger.drop(reason, 1);
  }
}

function withoutBounds({ digits }: Layout): Layout {
  return { digits, bounds: [], thresholds: [] };
}
