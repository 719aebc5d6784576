import { setTimeout as sleep } from "node:timers/promises";
import { load } from "./load/load.ts";
import type { BenchResult, Size } from "./result.ts";
import { median, resultHash } from "./result.ts";
import { Server } from "./server.ts";

const SERIES: Readonly<Record<Size, number>> = { small: 500, full: 100_000 };
const SCRAPES: Readonly<Record<Size, number>> = { small: 2, full: 5 };

/** How long does a page of 100,000 series take, and how long does it keep the event loop from anything else? */
export async function benchScrape(size: Size): Promise<BenchResult> {
  const server = await Server.start();
  try {
    const series = SERIES[size];
    const report = await load({
      seed: 2,
      series,
      mix: "mixed",
      datagramBytes: 1_432,
      lines: series,
      prefix: "page",
      port: server.udpPort,
      sockets: 4,
      datagrams: Math.ceil((series * 60) / 1_432),
      datagramsPerSecond: 1_500,
    });
    const status = await server.settled();
    const milliseconds: number[] = [];
    const blocks: number[] = [];
    let bytes = 0;
    for (let i = 0; i < SCRAPES[size]; i++) {
      const watch = watchEventLoop(server);
      const start = performance.now();
      const page = await (await fetch(`${server.http}/metrics`)).arrayBuffer();
      milliseconds.push(performance.now() - start);
      blocks.push(await watch.stop());
      bytes = page.byteLength;
      await sleep(200);
    }
    const lost = report.lines - status.ledger.received;
    return {
      question: `What does a scrape of ${series.toLocaleString("en-US")} series cost?`,
      rows: [
        {
          name: "GET /metrics, drain of the shards included",
          value: median(milliseconds),
          unit: "ms",
          note: `up to ${Math.max(...milliseconds).toFixed(0)} ms over ${milliseconds.length} scrapes; ${lost} lines lost before`,
        },
        { name: "page", value: bytes, unit: "bytes", note: "not compressed" },
        {
          name: "longest wait of another request meanwhile",
          value: median(blocks),
          unit: "ms",
          note: `up to ${Math.max(...blocks).toFixed(1)} ms: the longest block of the event loop, seen from outside`,
        },
      ],
      hash: resultHash([report.datagrams, report.lines, report.kinds]),
    };
  } finally {
    await server.stop();
  }
}

/** Asks for something trivial again and again; the longest answer is an upper bound of the longest block. */
function watchEventLoop(server: Server): { stop(): Promise<number> } {
  let longest = 0;
  let running = true;
  const loop = (async (): Promise<void> => {
    while (running) {
      const start = performance.now();
      await (await fetch(`${server.http}/-/healthy`)).arrayBuffer();
      longest = Math.max(longest, performance.now() - start);
    }
  })();
  return {
    async stop(): Promise<number> {
      running = false;
      await loop;
      return longest;
    },
  };
}
