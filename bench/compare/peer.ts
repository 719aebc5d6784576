import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { udpPortIsBound } from "../proc.ts";

/** A server to compare with. */
export interface Peer {
  readonly name: string;
  /** The one command by which a user gets it. */
  readonly install: string;
  /**
   * Starts it on free ports with a configuration of its own in `folder`, which exists, is its alone, and is the same for
   * each start; "not installed" and the like when it cannot be started.
   */
  start(folder: string): Promise<Running | NotRun>;
}

export interface NotRun {
  readonly reason: string;
}

export interface Running {
  readonly version: string;
  readonly pid: number;
  /** UDP, on the loopback interface. */
  readonly port: number;
  /** Lines that it says it has received since its start; missing where it does not tell. */
  lines?(): Promise<number>;
  stop(): Promise<void>;
}

export const isRunning = (started: Running | NotRun): started is Running => "pid" in started;

const READY_SECONDS = 20;
const STOP_SECONDS = 10;

/** Runs a program in the foreground and waits until its port is bound. It is ended by its process id. */
export async function startProgram(
  file: string,
  args: readonly string[],
  folder: string,
  port: number,
): Promise<{ readonly child: ChildProcess; stop(): Promise<void> } | NotRun> {
  const child = spawn(file, args, { cwd: folder, stdio: "ignore" });
  let failure = "";
  child.once("error", (error) => (failure = error.message));
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const closed = once(child, "close");
    child.kill("SIGTERM");
    const forced = setTimeout(() => child.kill("SIGKILL"), STOP_SECONDS * 1_000);
    await closed;
    clearTimeout(forced);
  };
  const deadline = performance.now() + READY_SECONDS * 1_000;
  while (!udpPortIsBound(port)) {
    if (child.exitCode !== null) failure = `ended with code ${child.exitCode}`;
    if (performance.now() > deadline) failure = `did not listen within ${READY_SECONDS} s`;
    if (failure !== "") {
      await stop();
      return { reason: failure };
    }
    await sleep(50);
  }
  return { child, stop };
}
