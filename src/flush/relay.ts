import { RELAY_DROP_REASONS, zeroRelayCounts } from "../model/relay.ts";
import type { RelayCounts } from "../model/relay.ts";
import type { RelayStatus } from "../model/status.ts";

/** What the relays of all shards have counted, over the deaths of shards too. */
export interface RelayBook {
  take(shard: number, counts: RelayCounts): void;
  /** A shard died: what it had counted stays. */
  bury(shard: number): void;
  /** Undefined where nothing is relayed. */
  status(): RelayStatus | undefined;
}

/** `target` is for example `udp://10.0.0.1:8125`; undefined where nothing is relayed. */
export function createRelayBook(target: string | undefined): RelayBook {
  let before = zeroRelayCounts();
  const current = new Map<number, RelayCounts>();
  return {
    take: (shard, counts) => void current.set(shard, counts),
    bury(shard) {
      before = sum([before, current.get(shard) ?? zeroRelayCounts()]);
      current.delete(shard);
    },
    status: () => (target === undefined ? undefined : { target, ...sum([before, ...current.values()]) }),
  };
}

function sum(parts: readonly RelayCounts[]): RelayCounts {
  const total = zeroRelayCounts();
  for (const { packets, lines, longLines, refusals, dropped } of parts) {
    total.packets += packets;
    total.lines += lines;
    total.longLines += longLines;
    total.refusals += refusals;
    for (const reason of RELAY_DROP_REASONS) total.dropped[reason] += dropped[reason];
  }
  return total;
}
