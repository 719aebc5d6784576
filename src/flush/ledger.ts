import type { CellKind } from "../model/kind.ts";
import type { RejectReason } from "../model/reject.ts";
import type { Ledger as LedgerStatus, RejectExample, TallyMemory, Traffic } from "../model/status.ts";
import type { Delta, Received } from "./delta.ts";
import { sumTraffic, unaccounted } from "./traffic.ts";

/** Refused lines that are kept as examples of each reason, so that a frequent reason does not crowd out a rare one. */
export const EXAMPLES_MAX = 8;

const NO_SERIES: Readonly<Record<CellKind, number>> = { counter: 0, gauge: 0, set: 0, histogram: 0 };
const NO_MEMORY: TallyMemory = { bytes: 0, usedBytes: 0, keys: 0, series: NO_SERIES };

/** The books: every line that was received is accepted, rejected, limited or lost, over the deaths of shards too. */
export interface Ledger {
  take(shard: number, delta: Delta): void;
  /** A shard died: what it had received and not accounted for is lost. */
  bury(shard: number, received: Received): void;
  setKernelDrops(total: number): void;
  traffic(shard: number): Traffic;
  memory(shard: number): TallyMemory;
  totals(): Traffic;
  status(): LedgerStatus;
}

interface Account {
  /** What earlier incarnations of the shard have left; their `lines` include the lost ones. */
  readonly before: Traffic;
  readonly current: Traffic;
  readonly memory: TallyMemory;
}

export function createLedger(): Ledger {
  const accounts = new Map<number, Account>();
  let examples: readonly RejectExample[] = [];
  let lostWithShard = 0;
  let kernelDrops = 0;

  function account(shard: number): Account {
    return accounts.get(shard) ?? { before: sumTraffic([]), current: sumTraffic([]), memory: NO_MEMORY };
  }

  function traffic(shard: number): Traffic {
    const { before, current } = account(shard);
    return sumTraffic([before, current]);
  }

  function totals(): Traffic {
    return sumTraffic([...accounts.keys()].map(traffic));
  }

  return {
    traffic,
    totals,
    memory: (shard) => account(shard).memory,
    take(shard, delta) {
      const { before, current, memory } = account(shard);
      accounts.set(shard, { before, current: delta.traffic ?? current, memory: delta.memory ?? memory });
      if (delta.rejects.length > 0) examples = newest([...delta.rejects.toReversed(), ...examples]);
    },
    bury(shard, received) {
      const { before, current } = account(shard);
      lostWithShard += received.lines - current.lines;
      const { datagrams, bytes, lines } = received;
      accounts.set(shard, {
        before: sumTraffic([before, { ...current, datagrams, bytes, lines }]),
        current: sumTraffic([]),
        memory: NO_MEMORY,
      });
    },
    setKernelDrops(total) {
      kernelDrops = total;
    },
    status() {
      const { lines, accepted, rejected, limited, ...rest } = totals();
      const balance = unaccounted({ lines, accepted, rejected, limited, ...rest }, lostWithShard);
      return { received: lines, accepted, rejected, limited, balance, lostWithShard, kernelDrops, rejects: examples };
    },
  };
}

/** The first few of each reason. */
function newest(examples: readonly RejectExample[]): RejectExample[] {
  const counts = new Map<RejectReason, number>();
  return examples.filter(({ reason }) => {
    const count = (counts.get(reason) ?? 0) + 1;
    counts.set(reason, count);
    return count <= EXAMPLES_MAX;
  });
}
