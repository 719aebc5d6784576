import type { MaxRate } from "./find-max.ts";
import type { BenchPlan } from "./plan.ts";
import type { RunResult } from "./run.ts";
import { failuresOf } from "./verdict.ts";
import { formatMix } from "../../load/mix.ts";
import { formatTarget } from "../../transport/target/url.ts";

/** What `--json` prints, and what the page shows. Rates are lines a second, ratios from 0 to 1. */
export interface BenchReport {
  readonly tool: "tallyd bench";
  /** Of this shape; a new number means that something was renamed or means something else. */
  readonly shape: 1;
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly load: LoadSummary;
  /** The run, or with `--find-max` the last confirmation. */
  readonly run: RunResult;
  /** Present with `--find-max`. */
  readonly search?: MaxRate;
  /** Good enough: less than 0.1 % lost (known with `--verify` only), and with `--find-max` a confirmed rate. */
  readonly ok: boolean;
  readonly failures: readonly string[];
}

export interface LoadSummary {
  readonly target: string;
  /** `sendmmsg`, `node:dgram` or `node:net`. */
  readonly how: string;
  readonly series: number;
  readonly mix: string;
  readonly tags: number;
  /** Mean. */
  readonly linesPerDatagram: number;
  readonly sockets: number;
  readonly seed: number;
}

export interface ReportParts {
  readonly plan: BenchPlan;
  readonly how: string;
  readonly linesPerDatagram: number;
  readonly run: RunResult;
  readonly search: MaxRate | undefined;
  readonly version: string;
  readonly nowMs: number;
}

export function makeReport({ plan, how, linesPerDatagram, run, search, version, nowMs }: ReportParts): BenchReport {
  const failures = run.server === undefined ? [] : failuresOf(run.server);
  if (search !== undefined && search.best === undefined)
    failures.push("no rate was confirmed with less than 0.1 % loss");
  if (run.sent.datagrams === 0) failures.push("nothing could be sent");
  const deaf = run.refused["ECONNREFUSED"] ?? 0;
  if (deaf > 0) failures.push(`nobody listens at ${formatTarget(plan.target)}: ${deaf} times this kernel said so`);
  return {
    tool: "tallyd bench",
    shape: 1,
    version,
    time: new Date(nowMs).toISOString(),
    load: {
      target: formatTarget(plan.target),
      how,
      series: plan.scenario.series,
      mix: formatMix(plan.scenario.mix),
      tags: plan.scenario.tags,
      linesPerDatagram,
      sockets: plan.sockets,
      seed: plan.scenario.seed,
    },
    run,
    ...(search === undefined ? {} : { search }),
    ok: failures.length === 0,
    failures,
  };
}
