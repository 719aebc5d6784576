import { isIP } from "node:net";
import { makeScenario } from "../../load/scenario.ts";
import { TargetError } from "../../transport/target/target.ts";
import { isLoopback } from "../../transport/target/url.ts";
import type { Target } from "../../transport/target/url.ts";
import type { Terminal } from "../terminal.ts";
import { findMax, SearchInterrupted } from "./find-max.ts";
import type { MaxRate, RatePoint } from "./find-max.ts";
import { count, textOf } from "./format.ts";
import type { BenchHost } from "./host.ts";
import { probeKind } from "./latency.ts";
import { pageOf } from "./page.ts";
import { RATE_MAX, readPlan } from "./plan.ts";
import type { BenchFlags } from "./flags.ts";
import type { BenchPlan } from "./plan.ts";
import { plot } from "./plot.ts";
import type { BenchReport } from "./report.ts";
import { makeReport } from "./report.ts";
import { runLoad, warmUp } from "./run.ts";
import type { Rig, RunOptions, RunResult } from "./run.ts";
import { ServerViewError } from "./server-view.ts";

type ShownRig = Rig & { readonly host: BenchHost };

/** The lowest rate that a search goes down to, lines a second. */
const SEARCH_RATE_MIN = 1_000;
const INTERRUPTED = "interrupted before anything was measured";

/** A target that may not be used as it is. */
class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The bench could not be finished; the message says why. */
class BenchError extends Error {
  override readonly name = "BenchError";
}

/** What ends a bench without being a bug. */
const TOLD = [UsageError, BenchError, SearchInterrupted, TargetError, ServerViewError];

/**
 * `tallyd bench`: sends traffic at a server and tells what became of it. Answers the exit code: 0 when less than 0.1 %
 * was lost (or nothing was verified), 1 otherwise, 2 for a wrong command line.
 */
export async function bench(flags: BenchFlags, version: string, terminal: Terminal, host: BenchHost): Promise<number> {
  const plan = readPlan(flags);
  if (!plan.ok) {
    terminal.err(plan.error.join("\n"));
    return 2;
  }
  try {
    const target = await resolveTarget(plan.value, host);
    const report = await measure({ ...plan.value, target }, version, host);
    await tell(report, plan.value, terminal, host);
    return report.ok ? 0 : 1;
  } catch (error) {
    host.showProgress("");
    if (!TOLD.some((kind) => error instanceof kind)) throw error;
    terminal.err((error as Error).message);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** The target with a numeric address. Somebody else's server must not be hit by a slip of the keyboard. */
async function resolveTarget({ target, mayLeaveMachine }: BenchPlan, host: BenchHost): Promise<Target> {
  if ("path" in target) return target;
  let addresses: readonly string[] = [target.host];
  if (isIP(target.host) === 0) {
    addresses = await host.resolve(target.host).catch(() => []);
  }
  const [address] = addresses;
  if (address === undefined) throw new UsageError(`--target: the host name ${target.host} cannot be resolved`);
  if (!mayLeaveMachine && !addresses.every(isLoopback))
    throw new UsageError(
      `--target: ${address} is not this machine's loopback; traffic at this rate harms whoever does not expect it. ` +
        "If the server and the network between are yours, add --i-own-this-target",
    );
  return { ...target, host: address };
}

async function measure(plan: BenchPlan, version: string, host: BenchHost): Promise<BenchReport> {
  if (plan.html !== undefined) await forHtml(host.tryFile(plan.html));
  const scenario = makeScenario(plan.scenario);
  refuseTooSlow(plan, scenario.linesPerDatagram);
  const view = plan.verify === undefined ? undefined : host.openView(plan.verify);
  // Before any traffic: a wrong address shall cost a second, not the whole run.
  await view?.status();
  const sender = await host.openSender({ target: plan.target, sockets: plan.sockets, datagrams: scenario.datagrams });
  const interrupt = new AbortController();
  const forget = host.onInterrupt(() => interrupt.abort());
  const kind = probeKind(plan.scenario.mix);
  const rig: ShownRig = {
    scenario,
    sender,
    view,
    host: { ...host, signal: interrupt.signal },
    probe: kind === undefined ? undefined : { name: `${plan.scenario.prefix}.probe`, kind },
  };
  try {
    if (view !== undefined) {
      host.showProgress("sending every series once, before anything is measured");
      await warmUp(rig, plan.rate);
      if (interrupt.signal.aborted) throw new BenchError(INTERRUPTED);
    }
    const [run, search] = plan.findMax ? await searchMax(rig, plan) : [await runShown(rig, plan), undefined];
    const { linesPerDatagram } = scenario;
    return makeReport({ plan, how: sender.how, linesPerDatagram, run, search, version, nowMs: host.nowMs() });
  } finally {
    forget();
    await sender.close();
    host.showProgress("");
  }
}

/** Runs with a line of progress. */
function runShown(rig: ShownRig, options: RunOptions, what = ""): Promise<RunResult> {
  const { scenario, sender, host } = rig;
  let last = { datagrams: 0, elapsedMs: 0 };
  const onProgress: NonNullable<BenchHost["onProgress"]> = (now) => {
    const lines = (now.datagrams - last.datagrams) * scenario.linesPerDatagram;
    const rate = (lines * 1_000) / (now.elapsedMs - last.elapsedMs);
    const refused = [...sender.refused.values()].reduce((sum, times) => sum + times, 0);
    last = now;
    host.showProgress(
      `${what}${(now.elapsedMs / 1_000).toFixed(1)} s  ${count(rate)} lines/s  ` +
        `${count(now.datagrams * scenario.linesPerDatagram)} lines sent  ${count(refused)} refused`,
    );
  };
  return runLoad({ ...rig, host: { ...host, onProgress } }, options);
}

async function searchMax(rig: ShownRig, plan: BenchPlan): Promise<[RunResult, MaxRate]> {
  let last: RunResult | undefined;
  const search = await findMax(
    { start: Math.max(plan.rate, SEARCH_RATE_MIN), min: SEARCH_RATE_MIN, max: RATE_MAX },
    async (rate, isConfirmation) => {
      if (rig.host.signal?.aborted === true) throw new SearchInterrupted(INTERRUPTED);
      const durationMs = isConfirmation ? plan.durationMs : plan.stepMs;
      const what = `${isConfirmation ? "confirming" : "trying"} ${count(rate)} lines/s: `;
      last = await runShown(rig, { rate, durationMs, latency: isConfirmation && plan.latency }, what);
      return pointOf(rate, last, isConfirmation);
    },
  );
  return [last as RunResult, search];
}

function pointOf(rate: number, { reached, server }: RunResult, isConfirmation: boolean): RatePoint {
  const { lossRatio = 0, cpu = { percentOfCore: 0, nanosecondsPerLine: 0 } } = server ?? {};
  const { percentOfCore, nanosecondsPerLine } = cpu;
  return { rate, reached, lossRatio, percentOfCore, nanosecondsPerLine, isConfirmation };
}

async function tell(report: BenchReport, plan: BenchPlan, terminal: Terminal, host: BenchHost): Promise<void> {
  if (plan.json) terminal.out(JSON.stringify(report));
  else {
    if (report.search !== undefined) terminal.out(`${plot(report.search.points, terminal.isTerminal)}\n`);
    terminal.out(textOf(report));
  }
  if (plan.html !== undefined) await forHtml(host.writeFile(plan.html, pageOf(report)));
}

async function forHtml(writing: Promise<void>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    throw new BenchError(`--html: ${(error as Error).message}`, { cause: error });
  }
}

/** A run that ends before its first datagram is due says nothing. */
function refuseTooSlow({ rate, durationMs, stepMs, findMax: isSearch }: BenchPlan, linesPerDatagram: number): void {
  const seconds = Math.min(durationMs, isSearch ? stepMs : Infinity) / 1_000;
  if (rate * seconds >= linesPerDatagram) return;
  throw new UsageError(
    `--rate: at ${rate} lines a second no datagram of ${Math.round(linesPerDatagram)} lines is due within ${seconds} s; ` +
      "raise it, or lower --lines-per-datagram",
  );
}
