/**
 * The sending side, a process of its own so that it does not share an event loop with anything measured:
 * `node bench/load/send.ts '{"port":8125,…}'`. Prints one line of JSON: what exactly was sent.
 */
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { setImmediate } from "node:timers/promises";
import type { ScenarioOptions } from "./scenario.ts";
import { makeScenario, totalsByKind } from "./scenario.ts";

export interface SendOptions extends ScenarioOptions {
  readonly port: number;
  readonly sockets: number;
  /** Datagrams to send; Infinity is not allowed: traffic is always bounded. */
  readonly datagrams: number;
  /** 0 = as fast as the sender can. */
  readonly datagramsPerSecond: number;
}

export interface SendReport {
  readonly datagrams: number;
  readonly lines: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly kinds: ReturnType<typeof totalsByKind>;
  /** Datagrams that the sender's own kernel refused (not counted as sent). */
  readonly failed: number;
}

/** Datagrams given to the kernel before their callbacks are awaited: bounds the sender's own queue. */
const BURST_MAX = 64;

const options = JSON.parse(process.argv[2] ?? "{}") as SendOptions;
const scenario = makeScenario(options);
const sockets = await Promise.all(Array.from({ length: options.sockets }, () => connected(options.port)));
const report = await send();
for (const socket of sockets) socket.close();
console.log(JSON.stringify(report));

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: "udp4", sendBufferSize: 4 << 20 });
    socket.once("error", reject);
    socket.connect(port, "127.0.0.1", () => resolve(socket));
  });
}

async function send(): Promise<SendReport> {
  let lines = 0;
  let bytes = 0;
  let sent = 0;
  let failed = 0;
  const start = performance.now();
  while (sent < options.datagrams) {
    const due =
      options.datagramsPerSecond === 0
        ? options.datagrams
        : Math.floor(((performance.now() - start) / 1_000) * options.datagramsPerSecond);
    const burst = Math.min(BURST_MAX, due - sent, options.datagrams - sent);
    if (burst <= 0) {
      await setImmediate();
      continue;
    }
    failed += await sendBurst(sent, burst);
    for (let i = 0; i < burst; i++) {
      const at = (sent + i) % scenario.datagrams.length;
      lines += scenario.linesIn[at] as number;
      bytes += scenario.datagrams[at]?.length ?? 0;
    }
    sent += burst;
  }
  const seconds = (performance.now() - start) / 1_000;
  return { datagrams: sent, lines, bytes, seconds, kinds: totalsByKind(scenario.totals(sent)), failed };
}

/** Answers how many the kernel refused; a refused datagram makes the totals wrong, so the caller must see it. */
function sendBurst(from: number, count: number): Promise<number> {
  return new Promise((resolve) => {
    let open = count;
    let failed = 0;
    const done = (error: Error | null): void => {
      if (error !== null) failed++;
      if (--open === 0) resolve(failed);
    };
    for (let i = 0; i < count; i++) {
      const datagram = scenario.datagrams[(from + i) % scenario.datagrams.length] as Buffer;
      sockets[(from + i) % sockets.length]?.send(datagram, done);
    }
  });
}
