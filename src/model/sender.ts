import type { RejectReason } from "./reject.ts";

/** What is counted of each sender. */
export const MEASURES = ["datagrams", "lines", "bytes", "rejects", "newSeries"] as const;
export type Measure = (typeof MEASURES)[number];
/** `newSeries` counts raw keys that were seen for the first time (runs of policy), so that who makes many shows. */
export type Measures = Readonly<Record<Measure, number>>;

/** Who sends what. All counts are totals since the process started, and never too high: `errorMax` says how much is missing at most. */
export interface Sender extends Measures {
  /** An address without its port, `pid N` of a process on this machine, or `unknown`. */
  readonly sender: string;
  /** The source port of the last datagram; 0 where there is none. */
  readonly lastPort: number;
  /** Unix seconds; of what is counted, where counts are not exact. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Rejects by reason, only those above 0. */
  readonly rejected: Readonly<Partial<Record<RejectReason, number>>>;
  readonly lastReject: LastReject | undefined;
  /** The true count is at most so much higher; all 0 = exact. */
  readonly errorMax: Measures;
}

export interface LastReject {
  readonly reason: RejectReason;
  /** The line's first bytes, control characters escaped, what looks like a secret replaced, cut to a fixed length. */
  readonly line: string;
  /** Unix seconds. */
  readonly time: number;
}

/** The senders that matter, of one shard or of all. */
export interface SenderSummary {
  /** Of all senders together, whether they are listed or not. */
  readonly totals: Measures;
  readonly senders: readonly Sender[];
  /** A sender that is not listed has sent at most this; all 0 = every sender is listed. */
  readonly absentMax: Measures;
}

/** What a person asks for: the first senders by one measure. */
export interface SenderReport extends SenderSummary {
  /** How many senders are told apart, of which `senders` are the first. */
  readonly known: number;
}
