import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { NativeTools } from "../load/native.ts";
import { Server } from "../server.ts";

/** What every receiver here asks the kernel for; tallyd's default. */
const RECEIVE_BUFFER_BYTES = 16 << 20;

/** A process that reads datagrams from a UDP port of the loopback interface. */
export interface Receiver {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  /** Lines read since the last call; every datagram sent before is in it. */
  lines(): Promise<number>;
  stop(): Promise<void>;
}

/** The C program that drains and counts. It tells its count when it ends, so each run has a new one. */
export async function startDrain(tools: NativeTools): Promise<Receiver> {
  const child = spawn(tools.drain, ["0", String(RECEIVE_BUFFER_BYTES)], { stdio: ["ignore", "pipe", "inherit"] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<unknown> => JSON.parse((await answers.next()).value as string);
  const { port } = (await answer()) as { port: number };
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null) return;
    const closed = once(child, "close");
    child.kill("SIGTERM");
    await closed;
  };
  return {
    name: "C drain",
    pid: child.pid as number,
    port,
    async lines() {
      const last = answer();
      child.kill("SIGTERM");
      return ((await last) as { lines: number }).lines;
    },
    stop,
  };
}

/** The real server, reading in one of its ways. */
export async function startServer(name: string, flags: readonly string[]): Promise<Receiver & { server: Server }> {
  const server = await Server.start(flags);
  let before = 0;
  return {
    name,
    server,
    pid: server.pid,
    port: server.udpPort,
    async lines() {
      const { received } = (await server.settled()).ledger;
      const lines = received - before;
      before = received;
      return lines;
    },
    stop: () => server.stop(),
  };
}
