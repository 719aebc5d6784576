import type { Clock } from "../std/clock.ts";
import type { ReloadStatus } from "../model/reload.ts";
import type { FlushStatus, ShardStatus, Status } from "../model/status.ts";
import type { Sink } from "../output/output.ts";
import type { Ledger } from "./ledger.ts";
import type { ListenerBook } from "./listeners.ts";
import type { Rates } from "./rates.ts";
import type { RelayBook } from "./relay.ts";

export interface StatusParts {
  readonly version: string;
  readonly pid: number;
  readonly clock: Clock;
  readonly startedAtMs: number;
  readonly warnings: readonly string[];
  readonly reloads: ReloadStatus;
  readonly shards: () => readonly Pick<ShardStatus, "id" | "state" | "restarts" | "listening">[];
  readonly listeners: ListenerBook;
  readonly relay: RelayBook;
  readonly ledger: Ledger;
  readonly rates: Rates;
  readonly flush: () => FlushStatus;
  readonly outputs: readonly Sink[];
}

/** The one snapshot behind the status API, the page and the self-metrics: built when somebody asks. */
export function buildStatus(parts: StatusParts): Status {
  const { version, pid, warnings, clock, startedAtMs, ledger } = parts;
  return {
    version,
    pid,
    startedAt: startedAtMs / 1_000,
    warnings,
    reloads: parts.reloads,
    uptimeSeconds: (clock.nowMs() - startedAtMs) / 1_000,
    shards: parts
      .shards()
      .map((shard) => ({ ...shard, traffic: ledger.traffic(shard.id), memory: ledger.memory(shard.id) })),
    listeners: parts.listeners.status(),
    relay: parts.relay.status(),
    ledger: ledger.status(),
    totals: ledger.totals(),
    rates: parts.rates.read(),
    flush: parts.flush(),
    outputs: parts.outputs.map((output) => output.status()),
  };
}
