import { systemClock } from "../std/clock.ts";
import type { Clock } from "../std/clock.ts";
import { giveBackStart, keepHeapSmall } from "./heap.ts";
import type { Server, ServerOptions } from "./server.ts";

export type EndingSignal = "SIGINT" | "SIGTERM";

/** What commands need of the process beside its terminal; tests hand in their own. */
export interface Host {
  readonly clock: Clock;
  onSignal(signal: EndingSignal | "SIGHUP", handler: () => void): void;
  /** Ends the process at once. */
  exit(code: number): void;
  startServer(options: ServerOptions): Promise<Server>;
}

export const processHost: Host = {
  clock: systemClock,
  onSignal: (signal, handler) => void process.on(signal, handler),
  exit: (code) => process.exit(code),
  async startServer(options) {
    keepHeapSmall();
    // Only now: no other command needs what a server is made of.
    const { startServer } = await import("./server.ts");
    const server = await startServer(options);
    giveBackStart();
    return server;
  },
};
