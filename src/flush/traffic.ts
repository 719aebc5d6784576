import { KINDS } from "../model/kind.ts";
import type { Kind } from "../model/kind.ts";
import { LIMIT_REASONS, REJECT_REASONS } from "../model/reject.ts";
import type { LimitReason, RejectReason } from "../model/reject.ts";
import type { Traffic } from "../model/status.ts";

const REJECTS = REJECT_REASONS.filter((reason) => reason !== "none") as RejectReason[];
const LIMITS = LIMIT_REASONS.filter((reason) => reason !== "none") as LimitReason[];
const KIND_NAMES: readonly Kind[] = KINDS.map((row) => row.kind);

/** Sums of traffic; the sum of nothing is all zero. */
export function sumTraffic(parts: readonly Traffic[]): Traffic {
  const all = (pick: (part: Traffic) => number): number => parts.reduce((total, part) => total + pick(part), 0);
  return {
    datagrams: all((part) => part.datagrams),
    bytes: all((part) => part.bytes),
    lines: all((part) => part.lines),
    accepted: all((part) => part.accepted),
    rejected: record(REJECTS, (reason) => all((part) => part.rejected[reason])),
    limited: record(LIMITS, (reason) => all((part) => part.limited[reason])),
    samples: record(KIND_NAMES, (kind) => all((part) => part.samples[kind])),
    events: all((part) => part.events),
    serviceChecks: all((part) => part.serviceChecks),
    timestamped: all((part) => part.timestamped),
    ratesClamped: all((part) => part.ratesClamped),
    overflowed: all((part) => part.overflowed),
    mixed: all((part) => part.mixed),
    tagErrors: all((part) => part.tagErrors),
    eventLengthsMended: all((part) => part.eventLengthsMended),
    binds: all((part) => part.binds),
    drains: all((part) => part.drains),
  };
}

/** Lines that were received and are not accounted for: 0 unless something is wrong. */
export function unaccounted(traffic: Traffic, lost: number): number {
  const refused =
    sum(REJECTS.map((reason) => traffic.rejected[reason])) + sum(LIMITS.map((reason) => traffic.limited[reason]));
  return traffic.lines - traffic.accepted - refused - lost;
}

function record<Key extends string>(keys: readonly Key[], value: (key: Key) => number): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<Key, number>;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
