import { batchOf } from "./batch.ts";
import type { Batch } from "./batch.ts";
import type { Labels } from "./labels.ts";
import type { Ledger } from "./ledger.ts";
import { MessageBuilder1 } from "./proto/message-1.ts";
import { MessageBuilder2 } from "./proto/message-2.ts";
import type { MessageBuilder, Metadata, Point, Version } from "./proto/message.ts";

/** Receivers take some megabytes; a request is closed early when labels are long. */
const MESSAGE_BYTES_MAX = 1024 * 1024;

export interface BatcherSettings {
  readonly shards: number;
  readonly pointsPerRequestMax: number;
  /** Asked whenever a new message begins. */
  readonly version: () => Version;
  readonly now: () => number;
  readonly add: (shard: number, batch: Batch) => void;
}

/** Deals points out to shards by their series, and closes a request when it is full. */
export class Batcher {
  readonly #settings: BatcherSettings;
  readonly #ledger: Ledger;
  readonly #open: (MessageBuilder | undefined)[];

  constructor(settings: BatcherSettings, ledger: Ledger) {
    this.#settings = settings;
    this.#ledger = ledger;
    this.#open = Array.from({ length: settings.shards }, () => undefined);
  }

  take(hash: number, labels: Labels, point: Point, metadata: Metadata, isHistogram: boolean): void {
    const { shards, pointsPerRequestMax, version } = this.#settings;
    // The low bits of the hash are weak in its last byte; a multiplication spreads them.
    const shard = (Math.imul(hash, 0x9e3779b1) >>> 8) % shards;
    const open = (this.#open[shard] ??= version() === "2.0" ? new MessageBuilder2() : new MessageBuilder1());
    open.add(labels, point, metadata, isHistogram);
    this.#ledger.make(1);
    if (open.points >= pointsPerRequestMax || open.bytes >= MESSAGE_BYTES_MAX) this.#close(shard);
  }

  /** Hands over what is gathered. */
  flush(): void {
    for (let shard = 0; shard < this.#open.length; shard += 1) this.#close(shard);
  }

  #close(shard: number): void {
    const open = this.#open[shard];
    if (open === undefined || open.points === 0) return;
    const { points, version } = open;
    // Another version may be spoken by now: the builder stays only as long as it fits.
    if (version !== this.#settings.version()) this.#open[shard] = undefined;
    this.#settings.add(shard, batchOf(open.take(), points, version, this.#settings.now()));
  }
}
