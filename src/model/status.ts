import type { Kind, CellKind } from "./kind.ts";
import type { LimitReason, RejectReason } from "./reject.ts";
import type { RelayCounts } from "./relay.ts";
import type { ReloadStatus } from "./reload.ts";
import type { ListenerCounts } from "./transport.ts";

/**
 * The one snapshot behind `/api/status`, the page and the self-metrics. All numbers are plain totals since the process
 * started unless said otherwise, so that any two snapshots can be subtracted.
 */
export interface Status {
  readonly version: string;
  readonly pid: number;
  /** Unix seconds. */
  readonly startedAt: number;
  readonly uptimeSeconds: number;
  /** What of the configuration is not used, and what to do; for people. */
  readonly warnings: readonly string[];
  readonly reloads: ReloadStatus;
  readonly shards: readonly ShardStatus[];
  /** What listeners count beside bytes and lines, by listener. */
  readonly listeners: readonly ListenerCounts[];
  /** Absent where nothing is relayed. */
  readonly relay: RelayStatus | undefined;
  readonly ledger: Ledger;
  /** Totals over all shards. */
  readonly totals: Traffic;
  /** Per second, over the last drains (about the last second). */
  readonly rates: { readonly datagrams: number; readonly lines: number; readonly bytes: number };
  readonly flush: FlushStatus;
  readonly outputs: readonly OutputStatus[];
}

/** What the relays of all shards have counted. */
export interface RelayStatus extends Readonly<RelayCounts> {
  /** For example `udp://10.0.0.1:8125`. */
  readonly target: string;
}

/** Received = accepted + every rejected + every limited + lost; `balance` is the difference and must be 0. */
export interface Ledger {
  readonly received: number;
  readonly accepted: number;
  readonly rejected: Readonly<Record<RejectReason, number>>;
  readonly limited: Readonly<Record<LimitReason, number>>;
  readonly balance: number;
  /** Accepted lines that died with a shard before it was drained. */
  readonly lostWithShard: number;
  /** Datagrams that the kernel dropped because a socket's receive buffer was full. */
  readonly kernelDrops: number;
  /** The last few refused lines of each reason, newest first: a sample, not a record. */
  readonly rejects: readonly RejectExample[];
}

export interface RejectExample {
  readonly reason: RejectReason;
  /** The line's first bytes, control characters escaped, cut to a fixed length. */
  readonly line: string;
  /** `address:port` of the sender, "" where the transport knows none. */
  readonly sender: string;
  /** Unix seconds. */
  readonly time: number;
}

/** What one shard has counted; also the shape of the counters that a shard reports with each drain. */
export interface Traffic {
  datagrams: number;
  bytes: number;
  lines: number;
  accepted: number;
  rejected: Record<RejectReason, number>;
  limited: Record<LimitReason, number>;
  samples: Record<Kind, number>;
  events: number;
  serviceChecks: number;
  timestamped: number;
  /** Lines whose rate was outside (0, 1] and was taken as 1. */
  ratesClamped: number;
  /** Lines folded into an `overflow="true"` series. */
  overflowed: number;
  /** Lines with tags both in the name and in a tag section. */
  mixed: number;
  /** Tags in names that were left out because they are no `key=value`; once for each raw key. */
  tagErrors: number;
  /** Events whose lengths were counted in characters and not in UTF-8 bytes. */
  eventLengthsMended: number;
  /** Raw keys bound to a cell (policy runs). */
  binds: number;
  drains: number;
}

export interface ShardStatus {
  readonly id: number;
  readonly state: "starting" | "running" | "stopped" | "dead";
  readonly restarts: number;
  readonly listening: readonly ListenerStatus[];
  readonly traffic: Traffic;
  readonly memory: TallyMemory;
}

export interface ListenerStatus {
  /** For example `udp://127.0.0.1:8125`, with the port that was really bound. */
  readonly url: string;
  /** How bytes are read: `batch` (recvmmsg), `dgram` (node:dgram) or `stream`. */
  readonly reader: string;
  /** 0 where a sender waits for a full receiver, so that nothing can be dropped. */
  readonly receiveBufferBytes: number;
}

/** Memory of one tally. */
export interface TallyMemory {
  /** Linear memory taken from the system, in bytes. */
  readonly bytes: number;
  /** Of those, bytes in use. */
  readonly usedBytes: number;
  readonly keys: number;
  readonly series: Readonly<Record<CellKind, number>>;
}

export interface FlushStatus {
  readonly intervalSeconds: number;
  readonly drains: number;
  /** Seconds, the last drain of all shards, from request to merged. */
  readonly lastDrainSeconds: number;
  readonly flushes: number;
  readonly lastFlushSeconds: number;
  /** Unix seconds; 0 before the first. */
  readonly lastFlushAt: number;
}

export interface OutputStatus {
  readonly name: string;
  readonly healthy: boolean;
  /** One sentence for a person: what it does now, or what is wrong and what to do. */
  readonly detail: string;
  readonly series: Readonly<Record<CellKind, number>>;
  readonly memory: TallyMemory;
  /** Payloads (or scrapes) delivered, tried again, waiting. */
  readonly delivered: number;
  readonly retries: number;
  readonly queued: number;
  /** Points not delivered, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Anything else worth showing, by name (for example name conflicts resolved, by reason). */
  readonly notes: Readonly<Record<string, number>>;
  /** The latest names that could not be shown as they were sent, newest first; a few, for a person to look at. */
  readonly conflicts?: readonly NameConflict[];
}

export interface NameConflict {
  /** The name that was asked for. */
  readonly name: string;
  readonly kind: Kind;
  /** Type and name of what stood in the way. */
  readonly holder: string;
  /** What was done: `refused`, or `shown as …`. */
  readonly action: string;
}
