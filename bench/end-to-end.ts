import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Status } from "../src/model/status.ts";
import { load } from "./load/load.ts";
import type { SendOptions, SendReport } from "./load/send.ts";
import type { BenchResult, Row, Size } from "./result.ts";
import { median, resultHash } from "./result.ts";
import { Server } from "./server.ts";

const BARE = fileURLToPath(new URL("load/bare.ts", import.meta.url));

interface Step {
  readonly datagramBytes: number;
  /** 0 = as fast as the sender can. */
  readonly datagramsPerSecond: number;
  readonly seconds: number;
}

const STEPS: Readonly<Record<Size, readonly Step[]>> = {
  small: [
    { datagramBytes: 0, datagramsPerSecond: 2_000, seconds: 0.3 },
    { datagramBytes: 1_432, datagramsPerSecond: 500, seconds: 0.3 },
  ],
  full: [
    { datagramBytes: 0, datagramsPerSecond: 80_000, seconds: 1 },
    { datagramBytes: 1_432, datagramsPerSecond: 50_000, seconds: 1 },
    { datagramBytes: 1_432, datagramsPerSecond: 150_000, seconds: 1 },
    { datagramBytes: 1_432, datagramsPerSecond: 0, seconds: 1 },
  ],
};
/** Datagrams of an unpaced step, for each of its seconds. */
const UNPACED_PER_SECOND = 250_000;
const ROUNDS: Readonly<Record<Size, number>> = { small: 1, full: 3 };
const SERIES: Readonly<Record<Size, number>> = { small: 200, full: 4_000 };

/** How many lines a second reach the tally over loopback UDP, at which CPU cost, and how many are lost? */
export async function benchEndToEnd(size: Size): Promise<BenchResult> {
  const server = await Server.start();
  try {
    const rows: Row[] = [await measureBare(size)];
    const totals: unknown[] = [];
    await load({
      ...sending(server.udpPort, size, 1_432),
      datagrams: size === "full" ? 40_000 : 100,
      datagramsPerSecond: 20_000,
    });
    let before = await server.settled();
    for (const step of STEPS[size]) {
      const { rounds, after } = await measure(server, size, step, before);
      before = after;
      rows.push(...rowsOf(step, rounds));
      for (const { report } of rounds) totals.push([step.datagramBytes, report.datagrams, report.lines, report.kinds]);
    }
    return {
      question: "How many lines a second over loopback UDP, at which cost, with which loss?",
      rows,
      hash: resultHash(totals),
    };
  } finally {
    await server.stop();
  }
}

function sending(port: number, size: Size, datagramBytes: number): SendOptions {
  return {
    seed: 1,
    series: SERIES[size],
    mix: "mixed",
    datagramBytes,
    lines: SERIES[size] * 10,
    prefix: "e2e",
    port,
    sockets: 4,
    datagrams: 0,
    datagramsPerSecond: 0,
  };
}

/** The same datagrams into a process that only counts them: the part of the cost that is not tallyd's. */
async function measureBare(size: Size): Promise<Row> {
  const child = spawn(process.execPath, [BARE], { stdio: ["ignore", "pipe", "inherit"] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<unknown> => JSON.parse((await answers.next()).value as string);
  const { port } = (await answer()) as { port: number };
  const sent = await load({
    ...sending(port, size, 1_432),
    datagrams: size === "full" ? 100_000 : 100,
    datagramsPerSecond: size === "full" ? 50_000 : 500,
  });
  await sleep(200);
  child.kill("SIGTERM");
  const { datagrams, cpuSeconds } = (await answer()) as { datagrams: number; cpuSeconds: number };
  return {
    name: "a bare node:dgram receiver, 1,432-byte datagrams: CPU",
    value: (cpuSeconds * 1e9) / datagrams,
    unit: "ns/datagram",
    note: `counts and does nothing else; divided by ${(sent.lines / sent.datagrams).toFixed(0)} lines this is what tallyd cannot go below with dgram; lost ${sent.datagrams - datagrams} of ${sent.datagrams} datagrams`,
  };
}

interface Round {
  readonly report: SendReport;
  readonly received: number;
  readonly drops: number;
  readonly cpuSeconds: number;
}

async function measure(
  server: Server,
  size: Size,
  step: Step,
  start: Status,
): Promise<{ readonly rounds: readonly Round[]; readonly after: Status }> {
  const rounds: Round[] = [];
  let before = start;
  for (let i = 0; i < ROUNDS[size]; i++) {
    const cpuBefore = server.cpuSeconds();
    const report = await load({
      ...sending(server.udpPort, size, step.datagramBytes),
      datagrams: Math.round(
        (step.datagramsPerSecond === 0 ? UNPACED_PER_SECOND : step.datagramsPerSecond) * step.seconds,
      ),
      datagramsPerSecond: step.datagramsPerSecond,
    });
    const cpuSeconds = server.cpuSeconds() - cpuBefore;
    if (report.failed > 0)
      throw new Error(`the sender's kernel refused ${report.failed} datagrams: the totals are not known`);
    const after = await server.settled();
    rounds.push({
      report,
      received: after.ledger.received - before.ledger.received,
      drops: after.ledger.kernelDrops - before.ledger.kernelDrops,
      cpuSeconds,
    });
    before = after;
  }
  return { rounds, after: before };
}

function rowsOf(step: Step, rounds: readonly Round[]): Row[] {
  const kind =
    step.datagramBytes === 0 ? "1-line datagrams" : `${step.datagramBytes.toLocaleString("en-US")}-byte datagrams`;
  const pace = step.datagramsPerSecond === 0 ? "unpaced" : `${step.datagramsPerSecond.toLocaleString("en-US")}/s`;
  const total = (of: (round: Round) => number): number => rounds.reduce((sum, round) => sum + of(round), 0);
  const sent = total((round) => round.report.lines);
  const lost = sent - total((round) => round.received);
  const drops = total((round) => round.drops);
  const cores = median(rounds.map((round) => round.cpuSeconds / round.report.seconds));
  return [
    {
      name: `${kind}, ${pace}`,
      value: median(rounds.map((round) => round.received / round.report.seconds)),
      unit: "lines/s",
      note: `sent ${sent.toLocaleString("en-US")}, lost ${lost.toLocaleString("en-US")} (${((100 * lost) / sent).toFixed(3)} %); kernel dropped ${drops.toLocaleString("en-US")} datagrams`,
    },
    {
      name: `${kind}, ${pace}: CPU`,
      value: median(rounds.map((round) => (round.cpuSeconds * 1e9) / round.received)),
      unit: "ns/line",
      note: `${(100 * cores).toFixed(0)} % of one core, all threads of the process`,
    },
  ];
}
