import { load } from "./load/load.ts";
import type { SendOptions, SendReport } from "./load/send.ts";
import type { BenchResult, Row, Size } from "./result.ts";
import { resultHash } from "./result.ts";
import { Server } from "./server.ts";

interface Step {
  readonly datagramBytes: number;
  readonly datagramsPerSecond: number;
  readonly seconds: number;
}

/** Rates from easy to hard; 0 = as fast as the sender can. */
const STEPS: Readonly<Record<Size, readonly Step[]>> = {
  small: [
    { datagramBytes: 0, datagramsPerSecond: 2_000, seconds: 0.5 },
    { datagramBytes: 1_432, datagramsPerSecond: 500, seconds: 0.5 },
  ],
  full: [
    { datagramBytes: 0, datagramsPerSecond: 50_000, seconds: 2 },
    { datagramBytes: 0, datagramsPerSecond: 100_000, seconds: 2 },
    { datagramBytes: 0, datagramsPerSecond: 200_000, seconds: 2 },
    { datagramBytes: 1_432, datagramsPerSecond: 40_000, seconds: 2 },
    { datagramBytes: 1_432, datagramsPerSecond: 100_000, seconds: 2 },
    { datagramBytes: 1_432, datagramsPerSecond: 150_000, seconds: 2 },
    { datagramBytes: 1_432, datagramsPerSecond: 200_000, seconds: 2 },
    { datagramBytes: 1_432, datagramsPerSecond: 0, seconds: 2 },
  ],
};
/** What an unpaced sender is given per second of the step. */
const UNPACED_PER_SECOND = 250_000;
const SERIES: Readonly<Record<Size, number>> = { small: 200, full: 4_000 };

/** How many lines a second reach the tally over loopback UDP, at which CPU cost, and how many are lost? */
export async function benchEndToEnd(size: Size): Promise<BenchResult> {
  const server = await Server.start();
  try {
    const rows: Row[] = [];
    const totals: unknown[] = [];
    await load({
      ...sending(server, size, 1_432),
      datagrams: size === "full" ? 40_000 : 100,
      datagramsPerSecond: 20_000,
    });
    for (const step of STEPS[size]) {
      const { rows: more, report } = await measure(server, size, step);
      rows.push(...more);
      totals.push([step.datagramBytes, report.datagrams, report.lines, report.kinds]);
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

function sending(server: Server, size: Size, datagramBytes: number): SendOptions {
  return {
    seed: 1,
    series: SERIES[size],
    mix: "mixed",
    datagramBytes,
    lines: SERIES[size] * 10,
    prefix: "e2e",
    port: server.udpPort,
    sockets: 4,
    datagrams: 0,
    datagramsPerSecond: 0,
  };
}

async function measure(
  server: Server,
  size: Size,
  step: Step,
): Promise<{ readonly rows: readonly Row[]; readonly report: SendReport }> {
  const before = await server.settled();
  const cpuBefore = server.cpuSeconds();
  const report = await load({
    ...sending(server, size, step.datagramBytes),
    datagrams: Math.round(
      (step.datagramsPerSecond === 0 ? UNPACED_PER_SECOND : step.datagramsPerSecond) * step.seconds,
    ),
    datagramsPerSecond: step.datagramsPerSecond,
  });
  const cpu = server.cpuSeconds() - cpuBefore;
  const after = await server.settled();
  if (report.failed > 0)
    throw new Error(`the sender's kernel refused ${report.failed} datagrams: the totals are not known`);
  const received = after.ledger.received - before.ledger.received;
  const drops = after.ledger.kernelDrops - before.ledger.kernelDrops;
  const lost = report.lines - received;
  const kind = step.datagramBytes === 0 ? "1-line datagrams" : `${step.datagramBytes}-byte datagrams`;
  const name = `${kind}, ${step.datagramsPerSecond === 0 ? "unpaced" : `${step.datagramsPerSecond.toLocaleString("en-US")} datagrams/s asked`}`;
  const loss = `sent ${report.lines.toLocaleString("en-US")}, lost ${lost.toLocaleString("en-US")} (${((100 * lost) / report.lines).toFixed(3)} %), kernel dropped ${drops.toLocaleString("en-US")} datagrams`;
  return {
    report,
    rows: [
      { name, value: received / report.seconds, unit: "lines/s", note: loss },
      {
        name: `${kind}, CPU`,
        value: (cpu * 1e9) / received,
        unit: "ns/line",
        note: `${((100 * cpu) / report.seconds).toFixed(0)} % of one core, all threads`,
      },
    ],
  };
}
