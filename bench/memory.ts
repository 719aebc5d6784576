import { setTimeout as sleep } from "node:timers/promises";
import type { Status } from "../src/model/status.ts";
import { load } from "./load/load.ts";
import type { Mix } from "./load/scenario.ts";
import type { BenchResult, Row, Size } from "./result.ts";
import { resultHash } from "./result.ts";
import { Server } from "./server.ts";

const SERIES: Readonly<Record<Size, number>> = { small: 500, full: 50_000 };
const REST_MS = 3_000;
/** Made first, so that code and buffers that come with the first series of a kind are not counted. */
const WARM_SERIES = 200;
const MIXES: Readonly<Record<Size, readonly Mix[]>> = {
  small: ["counters"],
  full: ["counters", "gauges", "timers", "sets"],
};

/** How many bytes of the whole process does a series take, shard and output and JavaScript together? */
export async function benchMemory(size: Size): Promise<BenchResult> {
  const rows: Row[] = [];
  const totals: unknown[] = [];
  for (const mix of MIXES[size]) {
    const server = await Server.start();
    try {
      const series = SERIES[size];
      await load({ ...sending(server, mix, WARM_SERIES, "warm"), datagrams: 100, datagramsPerSecond: 1_000 });
      const before = (await resting(server), server.residentBytes());
      const report = await load({
        ...sending(server, mix, series, "mem"),
        datagrams: Math.ceil((series * 60) / 1_432),
        datagramsPerSecond: 2_000,
      });
      const status = await resting(server);
      const bytes = server.residentBytes() - before;
      // What the server holds, not what was sent: a lost line of a series would make the others look cheaper.
      const made =
        status.shards.reduce((sum, shard) => sum + Object.values(shard.memory.series).reduce((a, b) => a + b, 0), 0) -
        WARM_SERIES;
      rows.push({
        name: mix,
        value: bytes / made,
        unit: "bytes/series",
        note: `${made.toLocaleString("en-US")} series of two tags, RSS ${mebibytes(before)} → ${mebibytes(before + bytes)} MiB`,
      });
      totals.push([mix, report.datagrams, report.kinds]);
    } finally {
      await server.stop();
    }
  }
  return { question: "How many bytes of the process does a series take?", rows, hash: resultHash(totals) };
}

/** What was made only to read the lines is given back by and by. */
async function resting(server: Server): Promise<Status> {
  const status = await server.settled();
  await sleep(REST_MS);
  return status;
}

function sending(server: Server, mix: Mix, series: number, prefix: string): Parameters<typeof load>[0] {
  return {
    seed: 3,
    series,
    mix,
    datagramBytes: 1_432,
    lines: series,
    prefix,
    port: server.udpPort,
    sockets: 1,
    datagrams: 0,
    datagramsPerSecond: 0,
  };
}

function mebibytes(bytes: number): string {
  return (bytes / (1 << 20)).toFixed(0);
}
