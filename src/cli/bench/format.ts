import { formatBytes } from "../../std/bytes.ts";
import type { RatePoint } from "./find-max.ts";
import type { BenchReport } from "./report.ts";
import type { RunResult } from "./run.ts";
import type { Verdict } from "./verdict.ts";

/** Whole numbers with commas. */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** At least three digits, or the decimals that tell a small number from 0. */
function decimals(value: number): string {
  return value >= 100 ? count(value) : value.toFixed(value >= 10 ? 1 : 2);
}

export function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(3)} %`;
}

/** A label and what it means, for people; the same rows on the terminal and on the page. */
export type FactRow = readonly [label: string, text: string];

export function factsOf({ load, run, search }: BenchReport): FactRow[] {
  const asked = run.rate === null ? "unpaced" : `of ${count(run.rate)} asked for`;
  const traffic = `${count(load.series)} series (${load.mix}), ${load.tags} tags, ${load.linesPerDatagram.toFixed(1)} lines a datagram`;
  const rows: FactRow[] = [
    ["load", `${load.target} by ${load.how}: ${traffic}, ${load.sockets} sockets`],
    ["rate", `${count(run.reached)} lines/s ${asked}, for ${run.seconds.toFixed(1)} s`],
    [
      "sent",
      `${count(run.sent.lines)} lines in ${count(run.sent.datagrams)} datagrams (${formatBytes(run.sent.bytes)})`,
    ],
    ...refusedRows(run),
    ...(run.server === undefined ? [] : verdictRows(run.server)),
  ];
  if (search !== undefined) rows.push(["maximum", maximumText(search)]);
  return rows;
}

const LIMIT_TEXT = {
  server: "the server lost lines above it",
  sender: "this sender could not send more: the server may take more",
  search: "the search goes no further",
  interrupt: "it was interrupted",
} as const;

function maximumText({ best, limit }: NonNullable<BenchReport["search"]>): string {
  if (best === undefined) return limit === "interrupt" ? "not found: interrupted" : "none was confirmed";
  return `${count(Math.min(best.rate, best.reached))} lines/s with ${percent(best.lossRatio)} loss, confirmed; ${LIMIT_TEXT[limit]}`;
}

function refusedRows({ refused }: RunResult): FactRow[] {
  return Object.entries(refused).map(([code, times]) => ["refused", `${count(times)} times by this kernel: ${code}`]);
}

function verdictRows(verdict: Verdict): FactRow[] {
  const { received, accepted, lost, lossRatio, lostWhere, kernelDrops, foreign, cpu, latency, sums } = verdict;
  const where: [text: string, lines: number][] = [
    [`dropped by the kernel, the receive buffer being full (${count(kernelDrops)} datagrams)`, lostWhere.kernel],
    ["never read, and not dropped at the socket", lostWhere.elsewhere],
    ["with a shard that died", lostWhere.withShard],
    ...reasons("rejected", lostWhere.rejected),
    ...reasons("limited", lostWhere.limited),
  ];
  const rows: FactRow[] = [
    ["received", `${count(received)} lines, ${count(accepted)} of them accepted`],
    ["lost", `${count(lost)} lines (${percent(lossRatio)})`],
    ...where.filter(([, lines]) => lines > 0).map(([text, lines]): FactRow => ["", `${count(lines)} ${text}`]),
  ];
  if (foreign > 0) rows.push(["others", `${count(foreign)} lines came from elsewhere: losses may hide behind them`]);
  rows.push([
    "server",
    `${decimals(cpu.seconds)} s of CPU: ${decimals(cpu.nanosecondsPerLine)} ns a line, ${decimals(cpu.percentOfCore)} % of a core`,
  ]);
  if (latency !== undefined) rows.push(["latency", latencyText(latency)]);
  if (sums.compared > 0) rows.push(["sums", sumsText(sums, lost)]);
  return rows;
}

function reasons(what: string, byReason: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(byReason).map(([reason, lines]) => [`${what}: ${reason}`, lines]);
}

function latencyText({ probes, unseen, p50Ms, p99Ms, maxMs }: NonNullable<Verdict["latency"]>): string {
  if (probes === unseen) return `not measured: none of ${probes} probes arrived`;
  const missed = unseen === 0 ? "" : `, ${unseen} did not arrive`;
  return `p50 ${decimals(p50Ms)} ms, p99 ${decimals(p99Ms)} ms, at most ${decimals(maxMs)} ms from send to the outputs (${probes} probes${missed})`;
}

function sumsText({ compared, exact, missing }: Verdict["sums"], lost: number): string {
  if (missing === compared)
    return "not compared: the page shows the counters by other names (a namespace or a mapping), or Prometheus is off";
  const absent = missing === 0 ? "" : `, ${missing} are not on the page`;
  const why = lost > 0 && exact + missing < compared ? "; the others lack lost lines" : "";
  return `${exact} of ${compared} counters show exactly what was sent${absent}${why}`;
}

/** The report as lines of text. */
export function textOf(report: BenchReport): string {
  const rows = factsOf(report).map(([label, text]) => `${label.padEnd(10)}${text}`);
  const verified =
    report.run.server === undefined ? "sent (nothing was verified: see --verify)" : "PASS: less than 0.1 % lost";
  return [...rows, report.ok ? verified : `FAIL: ${report.failures.join("; ")}`].join("\n");
}

/** Points by rate, the confirmations after the steps. */
export function byRate(points: readonly RatePoint[]): RatePoint[] {
  return points.toSorted((a, b) => a.rate - b.rate || Number(a.isConfirmation) - Number(b.isConfirmation));
}
