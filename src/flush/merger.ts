import type { Output } from "../output/output.ts";
import type { Delta, Received } from "./delta.ts";
import { createFeed } from "./feed.ts";
import type { Feed } from "./feed.ts";
import type { Ledger } from "./ledger.ts";

/** Where everything that shards hand over goes: into the books and into every output. */
export interface Merger {
  merge(shard: number, delta: Delta): void;
  /** The shard died: its cells are void, and what it had not handed over is lost. */
  bury(shard: number, received: Received): void;
}

export function createMerger(outputs: readonly Output[], ledger: Ledger): Merger {
  const feeds = new Map<number, Feed>();

  function feed(shard: number): Feed {
    const known = feeds.get(shard);
    if (known !== undefined) return known;
    const made = createFeed(outputs);
    feeds.set(shard, made);
    return made;
  }

  return {
    merge(shard, delta) {
      ledger.take(shard, delta);
      feed(shard).merge(delta);
    },
    bury(shard, received) {
      ledger.bury(shard, received);
      feeds.get(shard)?.end();
      feeds.delete(shard);
    },
  };
}
