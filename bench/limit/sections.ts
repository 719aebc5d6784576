import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { NativeTools } from "../load/native.ts";
import { Sender } from "../load/native.ts";
import type { SendOptions } from "../load/send.ts";
import { cpuNanoseconds, residentBytes } from "../proc.ts";
import { median } from "../result.ts";
import {
  alternate,
  corePercent,
  linesPerSecond,
  lossPercent,
  measureRun,
  nsPerDatagram,
  nsPerLine,
} from "./measure.ts";
import type { Run } from "./measure.ts";
import { startDrain, startServer } from "./receiver.ts";
import type { Receiver } from "./receiver.ts";
import { format } from "./report.ts";
import type { Finding, Section } from "./report.ts";

export interface Plan {
  readonly rounds: number;
  /** Of each run. */
  readonly seconds: number;
}

type Load = Omit<SendOptions, "port">;
const FULL_BYTES = 1_432;
/** Three times as often as Prometheus does unless it is told otherwise. */
const SCRAPE_MS = 5_000;
/** About what one core sends when it is not paced: bounds a run by its count. */
const UNPACED_PER_SECOND = 500_000;
const BATCH = ["--transport", "batch", "--shards", "1"];
const DGRAM = ["--transport", "dgram", "--shards", "1"];

function loadOf(datagramBytes: number, perSecond: number, seconds: number, more: Partial<Load> = {}): Load {
  return {
    seed: 1,
    series: 4_000,
    mix: "mixed",
    datagramBytes,
    lines: 40_000,
    prefix: "limit",
    sockets: 4,
    datagrams: Math.round((perSecond === 0 ? UNPACED_PER_SECOND : perSecond) * seconds),
    datagramsPerSecond: perSecond,
    ...more,
  };
}

/** Runs the three receivers in turn; a server is started once and warmed by one pass over the series. */
async function compareAll(tools: NativeTools, sender: Sender, load: Load, plan: Plan): Promise<Map<string, Run[]>> {
  const servers = [await startServer("batch", BATCH), await startServer("dgram", DGRAM)];
  try {
    for (const server of servers) {
      await sender.send({ ...load, port: server.port, datagrams: 20_000, datagramsPerSecond: 20_000 });
      await server.lines();
    }
    const drainOnce = async (): Promise<Run> => {
      const drain = await startDrain(tools);
      try {
        return await measureRun(drain, sender, load);
      } finally {
        await drain.stop();
      }
    };
    const runs = servers.map((server): [string, () => Promise<Run>] => [
      server.name,
      () => measureRun(server, sender, load),
    ]);
    return await alternate(new Map([["C drain", drainOnce], ...runs]), plan.rounds);
  } finally {
    for (const server of servers) await server.stop();
  }
}

/** What does a datagram, or a line, cost at full speed, beside a program that does nothing with it? */
export async function fullSpeed(tools: NativeTools, plan: Plan, shape: "small" | "full"): Promise<Section> {
  const sender = new Sender(tools);
  const load = loadOf(shape === "small" ? 0 : FULL_BYTES, 0, plan.seconds);
  const all = await compareAll(tools, sender, load, plan);
  const cost = shape === "small" ? nsPerDatagram : nsPerLine;
  const unit = shape === "small" ? "ns/datagram" : "ns/line";
  const findings: Finding[] = [...all].map(([name, runs]) => ({
    what: name,
    value: cost(runs),
    unit,
    note: `${format(linesPerSecond(runs))} lines/s read, ${format(lossPercent(runs))} % lost to the kernel, ${format(corePercent(runs))} % of a core, sender ${format(median(runs.map((run) => run.sent.datagrams / run.sent.seconds)))} datagrams/s`,
  }));
  const [drain = [], batch = [], dgram = []] = [...all.values()];
  const ratio = (what: string, value: number, target: number): Finding => ({
    what,
    value,
    unit: "×",
    target: { bound: "max", value: target },
    note: `medians of ${plan.rounds} rounds`,
  });
  if (shape === "small") findings.push(ratio("batch / dgram", cost(batch) / cost(dgram), 0.3));
  findings.push(ratio("batch / C drain", cost(batch) / cost(drain), shape === "small" ? 1.4 : 3));
  findings.push({
    what: "implied ceiling of one shard",
    value: 1e9 / nsPerLine(batch),
    unit: "lines/s",
    note: "1 / CPU per line, all threads",
  });
  return {
    question:
      shape === "small"
        ? "One small line in each datagram, sender at full speed: CPU per datagram"
        : "1,432-byte datagrams of 28 lines, sender at full speed: CPU per line",
    findings,
  };
}

/** What do wake-ups cost where there is little to do, and where there is nothing? */
export async function lowRates(tools: NativeTools, plan: Plan): Promise<Section> {
  const sender = new Sender(tools);
  const findings: Finding[] = [];
  const servers = [await startServer("batch", BATCH), await startServer("dgram", DGRAM)];
  try {
    for (const [what, load, target] of [
      ["2,000 full datagrams/s", loadOf(FULL_BYTES, 2_000, plan.seconds), 2],
      ["20,000 small datagrams/s", loadOf(0, 20_000, plan.seconds), 4],
    ] as const) {
      const starts = servers.map((server): [string, () => Promise<Run>] => [
        server.name,
        () => measureRun(server, sender, load),
      ]);
      for (const server of servers) await measureRun(server, sender, { ...load, datagrams: load.datagrams / 5 });
      for (const [name, runs] of await alternate(new Map(starts), plan.rounds)) {
        const note = `${format(lossPercent(runs))} % lost, all threads, drains every second included`;
        const goal = name === "batch" ? { target: { bound: "max", value: target } as const } : {};
        findings.push({ what: `${what}, ${name}`, value: corePercent(runs), unit: "% of a core", ...goal, note });
      }
    }
    const starts = servers.map((server): [string, () => Promise<number>] => [
      server.name,
      () => idlePercent(server, plan.seconds),
    ]);
    for (const [name, percents] of await alternate(new Map(starts), plan.rounds)) {
      const goal = name === "batch" ? { target: { bound: "max", value: 0.5 } as const } : {};
      findings.push({
        what: `idle, ${name}`,
        value: median(percents),
        unit: "% of a core",
        ...goal,
        note: "no traffic, no scrapes",
      });
    }
  } finally {
    for (const server of servers) await server.stop();
  }
  return { question: "Low rates: CPU of the process", findings };
}

async function idlePercent(receiver: Receiver, seconds: number): Promise<number> {
  const before = cpuNanoseconds(receiver.pid);
  await sleep(seconds * 1_000);
  return (cpuNanoseconds(receiver.pid) - before) / 1e7 / seconds;
}

/** Is 6,000,000 lines/s sustained by one shard, while it is scraped and flushed, also with many series of all kinds? */
export async function throughput(tools: NativeTools, plan: Plan): Promise<Section> {
  const sender = new Sender(tools);
  const findings: Finding[] = [];
  const tags = 2;
  for (const series of [4_000, 100_000]) {
    const receiver = await startServer("batch", [...BATCH, "--flush-interval", "1s"]);
    try {
      const lines = series * 10;
      const bare = { series, tags, mix: "all", lines } as const;
      const warm = loadOf(FULL_BYTES, 10_000, 0, { ...bare, datagrams: Math.ceil((lines * 90) / FULL_BYTES) });
      const perDatagram = (await measureRun(receiver, sender, warm)).sent;
      const rate = Math.ceil(6_100_000 / (perDatagram.lines / perDatagram.datagrams));
      const scrapes = scrapeEvery(receiver.server.http, SCRAPE_MS);
      const runs: Run[] = [];
      for (let round = 0; round < plan.rounds; round++)
        runs.push(await measureRun(receiver, sender, loadOf(FULL_BYTES, rate, 2 * plan.seconds, bare)));
      const scraped = await scrapes.stop();
      const what = `${series.toLocaleString("en-US")} series of all kinds, ${tags} tags`;
      const note = `${format(nsPerLine(runs))} ns/line, ${format(corePercent(runs))} % of a core, ${scraped} scrapes and a flush every second meanwhile`;
      findings.push(
        {
          what: `${what}: read`,
          value: linesPerSecond(runs),
          unit: "lines/s",
          target: { bound: "min", value: 6_000_000 },
          note,
        },
        {
          what: `${what}: lost`,
          value: lossPercent(runs),
          unit: "%",
          target: { bound: "max", value: 0.1 },
          note: `${runs.reduce((sum, run) => sum + run.drops, 0)} datagrams dropped by the kernel`,
        },
      );
      findings.push({
        what: `${what}: resident`,
        value: residentBytes(receiver.pid) / 1e6,
        unit: "MB",
        note: "after the runs and scrapes",
      });
    } finally {
      await receiver.stop();
      sender.forget();
    }
  }
  return { question: `1,432-byte datagrams at about 6,100,000 lines/s through one shard, scraped every 5 s`, findings };
}

function scrapeEvery(http: string, milliseconds: number): { stop(): Promise<number> } {
  let isRunning = true;
  let scrapes = 0;
  const loop = (async (): Promise<void> => {
    while (isRunning) {
      await (await fetch(`${http}/metrics`)).arrayBuffer();
      scrapes++;
      await sleep(milliseconds);
    }
  })();
  return {
    async stop() {
      isRunning = false;
      await loop;
      return scrapes;
    },
  };
}

/**
 * Does a second shard cost more per line than the first, when each has as much to do? On two cores, the sender leaves no room to see both
 * at their limit.
 */
export async function twoShards(tools: NativeTools, plan: Plan): Promise<Section> {
  const sender = new Sender(tools);
  const load = (shards: number): Load => loadOf(FULL_BYTES, shards * 100_000, plan.seconds, { sockets: 64 });
  const one = await startServer("one shard", BATCH);
  const two = await startServer("two shards", ["--transport", "batch", "--shards", "2"]);
  try {
    for (const server of [one, two]) await measureRun(server, sender, { ...load(1), datagrams: 20_000 });
    const runs = await alternate(
      new Map([
        [one.name, () => measureRun(one, sender, load(1))],
        [two.name, () => measureRun(two, sender, load(2))],
      ]),
      plan.rounds,
    );
    const [first = [], second = []] = [...runs.values()];
    const { shards } = await two.server.status();
    const share = shards.map(({ traffic }) => traffic.lines);
    return {
      question: "Two shards against one, 64 client sockets, 100,000 full datagrams/s for each shard",
      findings: [
        { what: "one shard", value: nsPerLine(first), unit: "ns/line", note: `${format(lossPercent(first))} % lost` },
        {
          what: "two shards",
          value: nsPerLine(second),
          unit: "ns/line",
          note: `${format(lossPercent(second))} % lost; lines per shard ${share.map((lines) => lines.toLocaleString("en-US")).join(" and ")}`,
        },
        {
          what: "implied speed of two shards on two cores",
          value: (2 * nsPerLine(first)) / nsPerLine(second),
          unit: "×",
          target: { bound: "min", value: 1.7 },
          note: "method: CPU per line times two, since the sender needs one of the two cores",
        },
      ],
    };
  } finally {
    await one.stop();
    await two.stop();
  }
}

export function removeTools(tools: NativeTools): void {
  rmSync(tools.folder, { recursive: true, force: true });
}
