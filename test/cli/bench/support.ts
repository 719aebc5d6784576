import type { RatePoint } from "../../../src/cli/bench/find-max.ts";
import { BENCH_DEFAULTS } from "../../../src/cli/bench/flags.ts";
import { readPlan } from "../../../src/cli/bench/plan.ts";
import { makeReport } from "../../../src/cli/bench/report.ts";
import type { BenchReport } from "../../../src/cli/bench/report.ts";
import type { Verdict } from "../../../src/cli/bench/verdict.ts";
import type { Status } from "../../../src/model/status.ts";

/** Those parts of a server's status that the bench reads. */
export interface Counts {
  received?: number;
  datagrams?: number;
  kernelDrops?: number;
  rejected?: Record<string, number>;
  limited?: Record<string, number>;
  lostWithShard?: number;
  samples?: Record<string, number>;
}

export function statusOf(counts: Counts): Status {
  const {
    received = 0,
    datagrams = 0,
    kernelDrops = 0,
    rejected = {},
    limited = {},
    lostWithShard = 0,
    samples = {},
  } = counts;
  const refused = [...Object.values(rejected), ...Object.values(limited), lostWithShard].reduce((a, b) => a + b, 0);
  return {
    startedAt: 1,
    ledger: { received, accepted: received - refused, rejected, limited, lostWithShard, kernelDrops },
    totals: { datagrams, samples },
  } as unknown as Status;
}

export const GOOD: Verdict = {
  received: 1_000,
  accepted: 1_000,
  lost: 0,
  lossRatio: 0,
  lostWhere: { kernel: 0, elsewhere: 0, rejected: {}, limited: {}, withShard: 0 },
  kernelDrops: 0,
  foreign: 0,
  cpu: { seconds: 0.01, nanosecondsPerLine: 10_000, percentOfCore: 1 },
  latency: { probes: 3, unseen: 0, p50Ms: 3, p99Ms: 9, maxMs: 9 },
  sums: { compared: 5, exact: 5, missing: 0 },
};

export function pointAt(rate: number, lossRatio: number, percentOfCore = 50, isConfirmation = false): RatePoint {
  return { rate, reached: rate, lossRatio, percentOfCore, nanosecondsPerLine: 100, isConfirmation };
}

/** A report of 1,000 lines, with what is given in place of what is good. */
export function reportOf(server: Verdict | undefined, search?: BenchReport["search"], prefix?: string): BenchReport {
  const plan = readPlan({ ...BENCH_DEFAULTS, ...(prefix === undefined ? {} : { prefix }), latency: true });
  if (!plan.ok) throw new Error(plan.error.join());
  return makeReport({
    plan: plan.value,
    how: "sendmmsg",
    linesPerDatagram: 20,
    run: {
      rate: 1_000,
      reached: 999.5,
      seconds: 1,
      sent: { datagrams: 50, lines: 1_000, bytes: 70_000 },
      refused: {},
      ...(server === undefined ? {} : { server }),
    },
    search,
    version: "1.2.3",
    nowMs: 1_700_000_000_000,
  });
}
