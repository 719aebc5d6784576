import type { Status } from "../../model/status.ts";
import type { SeriesTotal } from "../../load/scenario.ts";
import type { Latency } from "./latency.ts";
import type { Page } from "./server-view.ts";
import { pageName } from "./server-view.ts";

/** Less than this share of the lines may be lost. */
export const LOSS_RATIO_MAX = 0.001;

/** What was sent in all, probes included. */
export interface SentTotals {
  readonly datagrams: number;
  readonly lines: number;
}

/** Where the lines went that were sent and not aggregated. All in lines; they add up to `Verdict.lost`. */
export interface LostWhere {
  /** The kernel dropped their datagrams because the server's receive buffer was full. */
  readonly kernel: number;
  /** Never read, and not dropped there: between sender and receive buffer, or in a stream that was cut. */
  readonly elsewhere: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly limited: Readonly<Record<string, number>>;
  /** Read by a shard that died before it was drained. */
  readonly withShard: number;
}

export interface Verdict {
  readonly received: number;
  readonly accepted: number;
  /** Sent less accepted. */
  readonly lost: number;
  readonly lossRatio: number;
  readonly lostWhere: LostWhere;
  /** Datagrams. */
  readonly kernelDrops: number;
  /** Lines received that the bench did not send: then somebody else sends, and a loss may hide behind them. */
  readonly foreign: number;
  readonly cpu: ServerCpu;
  /** Absent where it was not measured. */
  readonly latency?: Latency;
  readonly sums: Sums;
}

export interface ServerCpu {
  readonly seconds: number;
  readonly nanosecondsPerLine: number;
  /** Of one core, while lines were sent; above 100 where several threads work. */
  readonly percentOfCore: number;
}

/** Counters whose sum on the page was compared with what was sent. */
export interface Sums {
  readonly compared: number;
  readonly exact: number;
  /** Not on the page by the name that they were sent by: a namespace or a mapping renames them. */
  readonly missing: number;
}

/** Compares two snapshots of the server with what was sent between them. */
export function accountFor(
  sent: SentTotals,
  before: Status,
  after: Status,
): Pick<Verdict, "received" | "accepted" | "lost" | "lossRatio" | "lostWhere" | "kernelDrops" | "foreign"> {
  const received = after.ledger.received - before.ledger.received;
  const accepted = after.ledger.accepted - before.ledger.accepted;
  const kernelDrops = after.ledger.kernelDrops - before.ledger.kernelDrops;
  const unreadDatagrams = sent.datagrams - (after.totals.datagrams - before.totals.datagrams);
  const unread = Math.max(0, sent.lines - received);
  // The kernel counts datagrams: it has that share of the unread lines that it has of the unread datagrams.
  const share = unreadDatagrams > 0 ? Math.min(1, kernelDrops / unreadDatagrams) : 0;
  const kernel = Math.round(unread * share);
  const lostWhere: LostWhere = {
    kernel,
    elsewhere: unread - kernel,
    rejected: grown(before.ledger.rejected, after.ledger.rejected),
    limited: grown(before.ledger.limited, after.ledger.limited),
    withShard: after.ledger.lostWithShard - before.ledger.lostWithShard,
  };
  const lost = [kernel, lostWhere.elsewhere, lostWhere.withShard]
    .concat(Object.values(lostWhere.rejected), Object.values(lostWhere.limited))
    .reduce((sum, lines) => sum + lines, 0);
  return {
    received,
    accepted,
    lost,
    lossRatio: sent.lines === 0 ? 0 : lost / sent.lines,
    lostWhere,
    kernelDrops,
    foreign: Math.max(0, received - sent.lines),
  };
}

/** The entries that are larger now, by how much. */
function grown(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): Record<string, number> {
  const rows = Object.entries(after).map(([reason, lines]): [string, number] => [
    reason,
    lines - (before[reason] ?? 0),
  ]);
  return Object.fromEntries(rows.filter(([, lines]) => lines > 0));
}

/** `ownSeconds` is what the bench has asked for between the two readings: no part of the load. */
export function cpuOf(before: Page, after: Page, ownSeconds: number, lines: number, seconds: number): ServerCpu {
  const used = Math.max(0, processCpu(after) - processCpu(before) - ownSeconds);
  return {
    seconds: used,
    nanosecondsPerLine: lines === 0 ? 0 : (used * 1e9) / lines,
    percentOfCore: seconds === 0 ? 0 : (used * 100) / seconds,
  };
}

/** CPU seconds of the server's process since it started, all threads; 0 where it does not tell. */
export function processCpu(page: Page): number {
  return page.get("process_cpu_seconds_total") ?? 0;
}

const COMPARED_MAX = 100;

/** Compares some counters of the page, before and after, with what was sent of them. */
export function compareSums(totals: Iterable<SeriesTotal>, before: Page, after: Page): Sums {
  const counters = [...totals].filter(({ wire }) => wire === "c").slice(0, COMPARED_MAX);
  let [exact, missing] = [0, 0];
  for (const { name, wire, value } of counters) {
    const shown = after.get(pageName(name, wire));
    if (shown === undefined) missing++;
    else if (shown - (before.get(pageName(name, wire)) ?? 0) === value) exact++;
  }
  return { compared: counters.length, exact, missing };
}

/** Why a run is not good enough; empty when it is. */
export function failuresOf(verdict: Verdict): string[] {
  const failures: string[] = [];
  const { lossRatio, lost, foreign, sums } = verdict;
  if (lossRatio >= LOSS_RATIO_MAX) failures.push(`${(lossRatio * 100).toFixed(3)} % of the lines were lost`);
  const wrong = sums.compared - sums.exact - sums.missing;
  if (lost === 0 && foreign === 0 && wrong > 0)
    failures.push(`nothing was lost, and yet ${wrong} of ${sums.compared} counters do not show what was sent`);
  return failures;
}
