import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Status } from "../src/model/status.ts";
import { cpuNanoseconds, residentBytes } from "./proc.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const READY_SECONDS = 20;
/** Drains without news, one after the other. */
const QUIET_DRAINS = 5;
const SETTLE_SECONDS = 60;

/** The real process, measured from outside: its HTTP interface and its rows in /proc. */
export class Server {
  readonly udpPort: number;
  readonly http: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, udpPort: number, httpPort: number) {
    this.#child = child;
    this.udpPort = udpPort;
    this.http = `http://127.0.0.1:${httpPort}`;
  }

  /** Starts `tallyd serve` with further flags and waits until it says that it is ready. */
  static async start(flags: readonly string[] = []): Promise<Server> {
    const [udpPort, httpPort] = [await freeUdpPort(), await freeTcpPort()];
    const args = [
      MAIN,
      "serve",
      "--listen",
      `udp://127.0.0.1:${udpPort}`,
      "--http",
      `127.0.0.1:${httpPort}`,
      "--log-level",
      "warn",
      ...flags,
    ];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
    const server = new Server(child, udpPort, httpPort);
    const deadline = performance.now() + READY_SECONDS * 1_000;
    while (!(await server.#isReady())) {
      if (child.exitCode !== null) throw new Error(`tallyd ended with code ${child.exitCode} instead of starting`);
      if (performance.now() > deadline) {
        child.kill("SIGKILL");
        throw new Error(`tallyd was not ready after ${READY_SECONDS} s`);
      }
      await sleep(50);
    }
    return server;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  async status(): Promise<Status> {
    const response = await fetch(`${this.http}/api/status`);
    return (await response.json()) as Status;
  }

  /**
   * Waits until several drains of the shards in a row have found nothing new: everything in flight was read or lost. Time alone
   * would not do: on a busy machine a drain comes late. A scrape, here of one series, drains first.
   */
  async settled(): Promise<Status> {
    const deadline = performance.now() + SETTLE_SECONDS * 1_000;
    let last = await this.status();
    for (let quietDrains = 0; quietDrains < QUIET_DRAINS;) {
      if (performance.now() > deadline) throw new Error(`lines were still arriving after ${SETTLE_SECONDS} s`);
      await sleep(50);
      await (await fetch(`${this.http}/metrics?name[]=tallyd_uptime_seconds`)).arrayBuffer();
      const status = await this.status();
      const { received, accepted } = status.ledger;
      if (received !== last.ledger.received || accepted !== last.ledger.accepted) quietDrains = 0;
      else if (status.flush.drains > last.flush.drains) quietDrains++;
      last = status;
    }
    return last;
  }

  /** CPU seconds of all threads since the process started, user and system. */
  cpuSeconds(): number {
    return cpuNanoseconds(this.pid) / 1e9;
  }

  /** Resident bytes of the process. */
  residentBytes(): number {
    return residentBytes(this.pid);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const closed = once(this.#child, "close");
    this.#child.kill("SIGTERM");
    const forced = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    await closed;
    clearTimeout(forced);
  }

  async #isReady(): Promise<boolean> {
    try {
      const response = await fetch(`${this.http}/-/ready`);
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }
}

export async function freeTcpPort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}
