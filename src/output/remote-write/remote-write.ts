import { readFile } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { OutputStatus } from "../../model/status.ts";
import { createTransport } from "../delivery/transport.ts";
import { waitFor } from "../delivery/wait.ts";
import type { Interval, Sink } from "../output.ts";
import { lastSeenHead } from "../prometheus/last-seen.ts";
import type { ProjectionView, ViewFamily } from "../prometheus/view.ts";
import { batchOf } from "./batch.ts";
import type { Batch } from "./batch.ts";
import { Batcher } from "./batcher.ts";
import { createCredentials } from "./credentials.ts";
import { Delivery } from "./delivery.ts";
import type { DeliveryDeps } from "./delivery.ts";
import { Ledger } from "./ledger.ts";
import type { RemoteWriteOptions } from "./options.ts";
import { PointWriter } from "./point-writer.ts";
import { metadataMessage } from "./proto/message-1.ts";
import { createTlsReader } from "./tls.ts";
import { SentRows, Walk } from "./walk.ts";

export interface RemoteWriteDeps extends DeliveryDeps {
  readonly monotonicMs: () => number;
  /** Reads the files of credentials. */
  readonly readFile: (path: string) => Promise<string>;
}

/** Work between two turns of the event loop, in milliseconds. */
const TURN_MS = 5;
/** 1.0 tells types and helps in requests of their own, about so often; so many families at most. */
const METADATA_MS = 60_000;
const METADATA_FAMILIES_MAX = 5_000;
/** This output has no tally: it reads that of the Prometheus projection. */
const NO_SERIES = { counter: 0, gauge: 0, set: 0, histogram: 0 };
const NO_MEMORY = { bytes: 0, usedBytes: 0, keys: 0, series: NO_SERIES };

/** The real network and files. Throws when the files of `options.tls` cannot be used. */
export function remoteWriteDeps(
  system: Pick<RemoteWriteDeps, "log" | "now" | "random" | "monotonicMs">,
  options: Pick<RemoteWriteOptions, "shards" | "tls">,
): RemoteWriteDeps {
  const tls = createTlsReader(options.tls);
  tls();
  return {
    ...system,
    transport: createTransport({ connectionsMax: options.shards, connectTimeoutMs: 10_000, tls }),
    wait: waitFor,
    readFile: (path) => readFile(path, "utf8"),
  };
}

/**
 * Pushes the Prometheus projection by remote write: at each interval the values that a scrape would show, with the
 * interval's end as their time.
 */
export class RemoteWrite implements Sink {
  readonly name = "prometheus_remote_write";
  readonly #options: RemoteWriteOptions;
  readonly #deps: RemoteWriteDeps;
  readonly #view: ProjectionView;
  readonly #ledger = new Ledger();
  readonly #delivery: Delivery;
  readonly #batcher: Batcher;
  readonly #writer: PointWriter;
  readonly #sent = new SentRows();
  #walking: Promise<void> | undefined;
  /** While a walk waits for a state file: requests that may not leave yet. */
  #held: [shard: number, batch: Batch][] | undefined;
  /** The time of the newest points: all that come after must be later. */
  #timeMs = 0;
  /** The time of the newest end of a series, which another one may follow under the same name. */
  #endMs = 0;
  #metadataMs = -Infinity;
  #intervalsSkipped = 0;
  #seriesEnded = 0;

  constructor(options: RemoteWriteOptions, view: ProjectionView, deps: RemoteWriteDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#view = view;
    this.#delivery = new Delivery(options, createCredentials(options, deps.readFile), this.#ledger, deps);
    this.#batcher = new Batcher(
      {
        ...options,
        now: deps.now,
        version: () => this.#delivery.version,
        add: (shard, batch) => this.#handOver(shard, batch),
      },
      this.#ledger,
    );
    this.#writer = new PointWriter(options.labels, (...point) => this.#batcher.take(...point));
    view.onForget((row, family) => this.#forget(row, family));
  }

  tick(_nowMs: number): void {
    this.#delivery.tick();
    // Series that ended between two intervals are told within a second.
    if (this.#walking === undefined) this.#batcher.flush();
  }

  flush({ endSeconds }: Interval): void {
    this.#delivery.forgetReported();
    const nowMs = this.#deps.now();
    // The interval that a shutdown closes ends in the future, and receivers may not be told of that.
    let timeMs = Math.min(endSeconds * 1_000, nowMs);
    if (timeMs === this.#endMs) timeMs += 1;
    if (this.#walking !== undefined || timeMs <= Math.max(this.#timeMs, this.#endMs)) {
      this.#intervalsSkipped += 1;
      return;
    }
    this.#timeMs = timeMs;
    this.#start(
      new Walk(this.#view, this.#writer, this.#sent, { timeMs, nowMs, isLast: false, native: this.#options.native }),
    );
    this.#sendMetadata(nowMs);
  }

  status(): OutputStatus {
    const { healthy, detail } = this.#delivery.health();
    const ledger = this.#ledger;
    return {
      name: this.name,
      healthy,
      detail,
      series: NO_SERIES,
      memory: NO_MEMORY,
      delivered: this.#delivery.delivered,
      retries: this.#delivery.retries,
      queued: this.#delivery.queued + (this.#walking === undefined ? 0 : 1),
      dropped: Object.fromEntries(ledger.dropped),
      notes: {
        points_made: ledger.made,
        points_delivered: ledger.delivered,
        points_queued: ledger.queued,
        queued_bytes: this.#delivery.queuedBytes,
        intervals_skipped: this.#intervalsSkipped,
        series_ended: this.#seriesEnded,
      },
    };
  }

  async close(deadlineMs: number): Promise<void> {
    await this.#walking;
    if (this.#options.staleAtShutdown && this.#timeMs > 0) {
      this.#timeMs = Math.max(this.#timeMs + 1, this.#endMs + 1, this.#deps.now());
      const settings = { timeMs: this.#timeMs, nowMs: this.#deps.now(), isLast: true, native: this.#options.native };
      this.#start(new Walk(this.#view, this.#writer, this.#sent, settings));
      await this.#walking;
    }
    this.#batcher.flush();
    await this.#delivery.close(deadlineMs);
    const dropped = this.#ledger.dropped.get("shutdown") ?? 0;
    if (dropped > 0) this.#deps.log.error({ points: dropped }, "points of remote write were lost at shutdown");
  }

  /** The first turn's work is done at once, so that few series need no further turn. */
  #start(walk: Walk): void {
    const settled = this.#view.settle();
    if (settled === undefined && this.#step(walk)) return this.#end(walk);
    this.#walking = this.#finish(walk, settled);
  }

  async #finish(walk: Walk, settled: Promise<void> | undefined): Promise<void> {
    await settled;
    if (settled !== undefined) this.#held = [];
    for (let isThrough = false; !isThrough;) {
      await nextTurn();
      isThrough = this.#step(walk);
      if (isThrough) this.#end(walk);
      await this.#release();
    }
    this.#held = undefined;
    this.#walking = undefined;
  }

  #handOver(shard: number, batch: Batch): void {
    if (this.#held === undefined) this.#delivery.add(shard, batch);
    else this.#held.push([shard, batch]);
  }

  /** Requests leave when no crash can take back what they show. */
  async #release(): Promise<void> {
    const made = this.#held?.splice(0) ?? [];
    if (made.length === 0) return;
    await this.#view.settleWritten();
    for (const [shard, batch] of made) this.#delivery.add(shard, batch);
  }

  #step(walk: Walk): boolean {
    const endMs = this.#deps.monotonicMs() + TURN_MS;
    return walk.step(() => this.#deps.monotonicMs() >= endMs);
  }

  #end(walk: Walk): void {
    this.#seriesEnded += walk.ended;
    this.#batcher.flush();
  }

  /** The projection is about to forget a row: the receiver is told that its series ends. */
  #forget(row: number, family: ViewFamily): void {
    const birth = this.#view.birthOf(row, family);
    if (!this.#sent.has(row, birth)) return;
    this.#writer.timeMs = Math.max(this.#timeMs + 1, this.#deps.now());
    this.#endMs = Math.max(this.#endMs, this.#writer.timeMs);
    this.#writer.isStale = true;
    this.#view.write(this.#writer, row, family, this.#deps.now(), this.#options.native);
    this.#sent.remove(row);
    this.#seriesEnded += 1;
  }

  #sendMetadata(nowMs: number): void {
    if (this.#delivery.version !== "1.0" || nowMs - this.#metadataMs < METADATA_MS) return;
    const families = this.#view.families().slice(0, METADATA_FAMILIES_MAX);
    if (families.length === 0) return;
    this.#metadataMs = nowMs;
    const heads = families.flatMap(({ name, shape, help, hasLastSeen }) => [
      { name, type: shape.type, help: help ?? shape.help },
      ...(hasLastSeen === true ? [lastSeenHead(name)] : []),
    ]);
    this.#delivery.add(0, batchOf(metadataMessage(heads), 0, "1.0", nowMs));
  }
}
