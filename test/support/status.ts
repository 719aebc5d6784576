import { zeroCounters } from "../../src/model/transport.ts";
import { KINDS } from "../../src/model/kind.ts";
import type { CellKind } from "../../src/model/kind.ts";
import { LIMIT_REASONS, REJECT_REASONS } from "../../src/model/reject.ts";
import type { LimitReason, RejectReason } from "../../src/model/reject.ts";
import type { Measures, Sender, SenderReport } from "../../src/model/sender.ts";
import type { OutputStatus, ShardStatus, Status, TallyMemory, Traffic } from "../../src/model/status.ts";

/** The names without `none`, each with 0. */
export function zeros<Name extends string>(names: readonly (Name | "none")[]): Record<Name, number> {
  return Object.fromEntries(names.filter((name) => name !== "none").map((name) => [name, 0])) as Record<Name, number>;
}

export function memoryOf(series: Partial<Record<CellKind, number>> = {}): TallyMemory {
  return { bytes: 65_536, usedBytes: 1024, keys: 3, series: { counter: 0, gauge: 0, set: 0, histogram: 0, ...series } };
}

export function trafficOf(more: Partial<Traffic> = {}): Traffic {
  return {
    datagrams: 0,
    bytes: 0,
    lines: 0,
    accepted: 0,
    events: 0,
    serviceChecks: 0,
    timestamped: 0,
    ratesClamped: 0,
    overflowed: 0,
    mixed: 0,
    tagErrors: 0,
    eventLengthsMended: 0,
    binds: 0,
    drains: 0,
    rejected: zeros<RejectReason>(REJECT_REASONS),
    limited: zeros<LimitReason>(LIMIT_REASONS),
    samples: zeros(KINDS.map(({ kind }) => kind)),
    ...more,
  };
}

export function shardOf(more: Partial<ShardStatus> = {}): ShardStatus {
  const listening = [{ url: "udp://127.0.0.1:8125", reader: "dgram", receiveBufferBytes: 212_992 }];
  return {
    id: 0,
    state: "running",
    restarts: 0,
    listening,
    traffic: trafficOf(),
    memory: memoryOf({ counter: 2 }),
    ...more,
  };
}

export function outputOf(more: Partial<OutputStatus> = {}): OutputStatus {
  const memory = memoryOf({ gauge: 4 });
  return {
    name: "prometheus",
    healthy: true,
    detail: "4 series",
    series: memory.series,
    memory,
    delivered: 0,
    retries: 0,
    queued: 0,
    dropped: {},
    notes: {},
    ...more,
  };
}

/** A status with plausible numbers; a test replaces the parts that it is about. */
export function statusOf(more: Partial<Status> = {}): Status {
  return {
    version: "0.1.0",
    pid: 4711,
    startedAt: 1_700_000_000,
    listeners: [{ url: "tcp://127.0.0.1:8125", counters: zeroCounters() }],
    relay: undefined,
    warnings: [],
    reloads: { succeeded: 0, failed: 0, isLastGood: true, rulesSince: 1_700_000_000 },
    uptimeSeconds: 90_061,
    shards: [shardOf()],
    ledger: {
      received: 10,
      accepted: 7,
      rejected: { ...zeros<RejectReason>(REJECT_REASONS), bad_value: 2 },
      limited: { ...zeros<LimitReason>(LIMIT_REASONS), filter: 1 },
      balance: 0,
      lostWithShard: 0,
      kernelDrops: 5,
      rejects: [],
    },
    totals: trafficOf({ datagrams: 4, bytes: 100, lines: 10 }),
    rates: { datagrams: 1.5, lines: 2, bytes: 30 },
    flush: {
      intervalSeconds: 10,
      drains: 6,
      lastDrainSeconds: 0.001,
      flushes: 2,
      lastFlushSeconds: 0.002,
      lastFlushAt: 1_700_000_010,
    },
    outputs: [outputOf()],
    ...more,
  };
}

/** A sender with one datagram of one line; a test replaces the parts that it is about. */
export function senderOf(more: Partial<Sender> = {}): Sender {
  return {
    sender: "10.0.0.1",
    ...measuresOf({ datagrams: 1, lines: 1, bytes: 10 }),
    lastPort: 4321,
    firstSeen: 1_700_000_000,
    lastSeen: 1_700_000_000,
    rejected: {},
    lastReject: undefined,
    errorMax: measuresOf(),
    ...more,
  };
}

export function measuresOf(more: Partial<Measures> = {}): Measures {
  return { datagrams: 0, lines: 0, bytes: 0, rejects: 0, newSeries: 0, ...more };
}

/** A report of the given senders, which are all that there are. */
export function reportOf(...senders: readonly Sender[]): SenderReport {
  return { totals: measuresOf(), senders, absentMax: measuresOf(), known: senders.length };
}
