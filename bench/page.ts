import { Counter, Registry } from "prom-client";
import { createTally } from "../src/core/tally.ts";
import type { PrometheusOptions } from "../src/output/prometheus/options.ts";
import { createPrometheusOutput } from "../src/output/prometheus/prometheus.ts";
import type { PrometheusOutput } from "../src/output/prometheus/prometheus.ts";
import type { Series } from "../src/model/series.ts";
import { systemClock } from "../src/std/clock.ts";
import type { BenchResult, Row, Size } from "./result.ts";
import { median, resultHash } from "./result.ts";

const SERIES: Readonly<Record<Size, number>> = { small: 2_000, full: 1_000_000 };
/** Of the comparison, where the other one blocks the loop for as long as it takes. */
const COMPARED: Readonly<Record<Size, number>> = { small: 1_000, full: 100_000 };
const ROUNDS = 5;
const PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
const FORMATS: readonly (readonly [name: string, accept: string | undefined])[] = [
  ["text 0.0.4", undefined],
  ["OpenMetrics", "application/openmetrics-text;version=1.0.0"],
  ["protobuf", PROTOBUF],
];

/** Stands still, so that pages are the same in every run. */
const CLOCK = { ...systemClock, nowMs: (): number => 1_700_000_000_000 };

const OPTIONS: PrometheusOptions = {
  naming: "conventional",
  quantiles: [],
  names: "legacy",
  createdSamples: false,
  zeroFirstMs: 0,
  targetInfo: false,
  lastSeen: "off",
  native: { mode: "off", bucketsMax: 160 },
  timestamped: "drop",
  valuelessTags: "true",
  globalTags: [],
  windowMs: 600_000,
  ageBuckets: 5,
  ttlMs: { counter: 0, gauge: 0, set: 0, histogram: 0 },
  seriesMax: 10_000_000,
  layouts: [{ digits: 2, bounds: [], thresholds: [] }],
};

/** What does it cost to write a page of a million series, and what does prom-client need for a tenth of it? */
export async function benchPage(size: Size): Promise<BenchResult> {
  const { rows, hashed } = await pageOf(size, "counters of four labels", filled);
  const fewer = COMPARED[size].toLocaleString("en-US");
  const { output: ours } = filled(COMPARED[size]);
  const theirs = promClient(COMPARED[size]);
  const [mine, others]: [Round[], Round[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    mine.push(await measure(() => lengthOf(ours, undefined)));
    others.push(await measure(async () => Buffer.byteLength(await theirs.metrics())));
  }
  rows.push(rowOf(`text 0.0.4, ${fewer} series`, mine), rowOf(`prom-client, the same ${fewer} series`, others));
  hashed.push(mine[0]?.bytes, others[0]?.bytes);
  return {
    question: `What does a page of ${SERIES[size].toLocaleString("en-US")} series cost?`,
    rows,
    hash: resultHash(hashed),
  };
}

/** And what, where each of them has a name of its own? */
export async function benchNames(size: Size): Promise<BenchResult> {
  const { rows, hashed } = await pageOf(size, "gauges, each with a name of its own", named);
  return {
    question: `What does a page of ${SERIES[size].toLocaleString("en-US")} names cost?`,
    rows,
    hash: resultHash(hashed),
  };
}

async function pageOf(
  size: Size,
  what: string,
  fill: (series: number) => Filled,
): Promise<{ readonly rows: Row[]; readonly hashed: unknown[] }> {
  const many = SERIES[size].toLocaleString("en-US");
  const { output, bytesPerSeries } = fill(SERIES[size]);
  const note = "the page's share: cells, names, labels, index";
  const rows: Row[] = [{ name: `${many} ${what}`, value: bytesPerSeries, unit: "bytes/series", note }];
  const hashed: unknown[] = [];
  for (const [name, accept] of FORMATS) {
    const rounds: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measure(() => lengthOf(output, accept)));
    hashed.push(what, name, rounds[0]?.bytes);
    rows.push(rowOf(`${name}, ${many} ${what}`, rounds));
  }
  return { rows, hashed };
}

interface Round {
  readonly bytes: number;
  readonly cpuMs: number;
  readonly turnMs: number;
  readonly extraBytes: number;
}

function rowOf(name: string, rounds: readonly Round[]): Row {
  const most = (of: (round: Round) => number): number => Math.max(...rounds.map(of));
  const extra = most(({ extraBytes }) => extraBytes) / 1e6;
  return {
    name,
    value: median(rounds.map(({ cpuMs }) => cpuMs)),
    unit: "ms of CPU",
    note: `${((rounds[0]?.bytes ?? 0) / 1e6).toFixed(1)} MB; longest turn ${median(rounds.map(({ turnMs }) => turnMs)).toFixed(1)} ms (up to ${most(({ turnMs }) => turnMs).toFixed(1)}); memory +${extra.toFixed(1)} MB at most`,
  };
}

function labelsOf(index: number): Readonly<Record<string, string>> {
  return {
    code: String(200 + (index % 5)),
    host: `web-${index % 1000}.example.com`,
    method: index % 2 === 0 ? "GET" : "POST",
    path: `/api/v1/items/${index}`,
  };
}

interface Filled {
  readonly output: PrometheusOutput;
  readonly bytesPerSeries: number;
}

function filled(series: number): Filled {
  return filledWith(series, (index) => {
    const tags = Object.entries(labelsOf(index)).map(([key, value]) => `${key}:${value}`);
    return { name: "http_requests", kind: "counter", tags };
  });
}

/** As clients without tags send them: everything is in the name, so each series has a head of its own. */
function named(series: number): Filled {
  return filledWith(series, (index) => ({ name: `stats.web-${index % 1000}.queue.${index}`, kind: "gauge", tags: [] }));
}

function filledWith(count: number, seriesOf: (index: number) => Pick<Series, "name" | "kind" | "tags">): Filled {
  const output = createPrometheusOutput(OPTIONS, { createTally, clock: CLOCK });
  const before = process.memoryUsage.rss();
  for (let index = 0; index < count; index += 1) {
    const cell = output.bind({ ...seriesOf(index), host: undefined, layout: 0 });
    output.tally.addSample(cell, index);
  }
  return { output, bytesPerSeries: (process.memoryUsage.rss() - before) / count };
}

function promClient(series: number): Registry {
  const registry = new Registry();
  const labelNames = ["code", "host", "method", "path"];
  const help = "Counter received over StatsD, since the server started.";
  const counter = new Counter({ name: "http_requests_total", help, labelNames, registers: [registry] });
  for (let index = 0; index < series; index += 1) counter.inc(labelsOf(index), index);
  return registry;
}

async function lengthOf(output: PrometheusOutput, accept: string | undefined): Promise<number> {
  let bytes = 0;
  for await (const piece of output.render(accept, []).pieces) bytes += piece.length;
  return bytes;
}

/**
 * Runs `work` with a timer of a millisecond beside it: the longest turn of the event loop is the most CPU that this thread
 * used between two of its looks. CPU and not time, because other processes may use the core meanwhile.
 */
async function measure(work: () => Promise<number>): Promise<Round> {
  const before = process.memoryUsage.rss();
  const start = process.cpuUsage();
  let last = threadCpuMs();
  let turnMs = 0;
  const look = (): void => {
    const now = threadCpuMs();
    turnMs = Math.max(turnMs, now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  const bytes = await work();
  const { user, system } = process.cpuUsage(start);
  clearInterval(timer);
  look();
  return { bytes, cpuMs: (user + system) / 1000, turnMs, extraBytes: process.memoryUsage.rss() - before };
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
