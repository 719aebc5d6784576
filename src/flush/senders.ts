import { MEASURES } from "../model/sender.ts";
import type { Measure, Measures, Sender, SenderReport, SenderSummary } from "../model/sender.ts";
import type { Received } from "./delta.ts";

/** Who sends what, over all shards and over their deaths. */
export interface SenderBook {
  /** A shard's latest summary; it replaces the one before. */
  take(shard: number, summary: SenderSummary): void;
  /** A shard died. What it had received after its last summary cannot be ascribed any more: it widens the error bounds. */
  bury(shard: number, received: Received): void;
  summary(): SenderSummary;
  /** The first `limit` senders by a measure, highest first. */
  report(measure: Measure, limit: number): SenderReport;
}

/** Senders that are kept of a dead shard for each measure, so that many deaths cannot add up. */
const BURIED_MAX = 100;
const NONE: Measures = { datagrams: 0, lines: 0, bytes: 0, rejects: 0, newSeries: 0 };
const NOTHING: SenderSummary = { totals: NONE, senders: [], absentMax: NONE };

export function createSenderBook(): SenderBook {
  const current = new Map<number, SenderSummary>();
  let buried = NOTHING;
  const summary = (): SenderSummary => mergeSummaries([buried, ...current.values()]);
  return {
    summary,
    report(measure, limit) {
      const { senders, ...rest } = summary();
      return { ...rest, known: senders.length, senders: topSenders(senders, measure, limit) };
    },
    take: (shard, latest) => void current.set(shard, latest),
    bury(shard, received) {
      const last = current.get(shard) ?? NOTHING;
      current.delete(shard);
      buried = cutSummary(mergeSummaries([buried, widen(last, received)]), BURIED_MAX);
    },
  };
}

/**
 * One summary of several that were counted apart. A sender's counts add up; where it is missing from one, that one's bound
 * for absent senders adds to its error.
 */
export function mergeSummaries(parts: readonly SenderSummary[]): SenderSummary {
  const found = new Map<string, Sender[]>();
  for (const { senders } of parts) {
    for (const sender of senders) {
      const known = found.get(sender.sender);
      if (known === undefined) found.set(sender.sender, [sender]);
      else known.push(sender);
    }
  }
  const absentMax = addAll(parts.map((part) => part.absentMax));
  const incomplete = parts
    .filter((part) => MEASURES.some((measure) => part.absentMax[measure] > 0))
    .map((part) => ({ absentMax: part.absentMax, names: new Set(part.senders.map(({ sender }) => sender)) }));
  const absentOf = (name: string): Measures =>
    addAll(incomplete.filter(({ names }) => !names.has(name)).map((part) => part.absentMax));
  return {
    totals: addAll(parts.map((part) => part.totals)),
    senders: [...found].map(([name, entries]) => mergeSender(entries, absentOf(name))),
    absentMax,
  };
}

function mergeSender(entries: readonly Sender[], absent: Measures): Sender {
  const latest = entries.reduce((left, right) => (right.lastSeen > left.lastSeen ? right : left));
  const rejected: Record<string, number> = {};
  for (const entry of entries) {
    for (const [reason, count] of Object.entries(entry.rejected)) rejected[reason] = (rejected[reason] ?? 0) + count;
  }
  const lastRejects = entries.flatMap(({ lastReject }) => lastReject ?? []);
  return {
    sender: latest.sender,
    ...addAll(entries),
    lastPort: latest.lastPort,
    firstSeen: Math.min(...entries.map((entry) => entry.firstSeen)),
    lastSeen: latest.lastSeen,
    rejected,
    lastReject: lastRejects.toSorted((left, right) => right.time - left.time)[0],
    errorMax: addAll([...entries.map((entry) => entry.errorMax), absent]),
  };
}

/** The senders with the highest counts of one measure, highest first; equal ones by name, so that the order is stable. */
export function topSenders(senders: readonly Sender[], measure: Measure, limit: number): Sender[] {
  return senders
    .toSorted((left, right) => right[measure] - left[measure] || (left.sender < right.sender ? -1 : 1))
    .slice(0, limit);
}

/** Keeps the first `limit` of each measure; the others go into the bound for absent senders. */
export function cutSummary({ totals, senders, absentMax }: SenderSummary, limit: number): SenderSummary {
  const kept = new Set(MEASURES.flatMap((measure) => topSenders(senders, measure, limit)));
  const left = senders.filter((sender) => !kept.has(sender));
  const most = (measure: Measure): number =>
    left.reduce((max, sender) => Math.max(max, sender[measure] + sender.errorMax[measure]), absentMax[measure]);
  return { totals, senders: [...kept], absentMax: measures(most) };
}

/** `received` is all that a dead shard had received: what its last summary does not cover may be anyone's. */
function widen({ totals, senders, absentMax }: SenderSummary, received: Received): SenderSummary {
  const linesLost = received.lines - totals.lines;
  const lost: Measures = {
    datagrams: received.datagrams - totals.datagrams,
    lines: linesLost,
    bytes: received.bytes - totals.bytes,
    rejects: linesLost,
    newSeries: linesLost,
  };
  return {
    totals: { ...totals, datagrams: received.datagrams, lines: received.lines, bytes: received.bytes },
    senders: senders.map((sender) => ({ ...sender, errorMax: addAll([sender.errorMax, lost]) })),
    absentMax: addAll([absentMax, lost]),
  };
}

function addAll(parts: readonly Measures[]): Measures {
  return measures((measure) => parts.reduce((sum, part) => sum + part[measure], 0));
}

function measures(value: (measure: Measure) => number): Measures {
  return {
    datagrams: value("datagrams"),
    lines: value("lines"),
    bytes: value("bytes"),
    rejects: value("rejects"),
    newSeries: value("newSeries"),
  };
}
