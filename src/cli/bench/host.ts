import { lookup } from "node:dns/promises";
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { LoadHost } from "../../load/send-load.ts";
import type { Sender } from "../../load/sender.ts";
import type { SenderOptions } from "../../load/senders.ts";
import { openSender } from "../../load/senders.ts";
import { libcIfAny, systemHost } from "../../load/system-host.ts";
import { loadLibc } from "../../transport/libc.ts";
import type { ServerAddress, ServerView } from "./server-view.ts";
import { httpView } from "./server-view.ts";

/** What `bench` needs of the process beside its terminal; tests hand in their own. */
export interface BenchHost extends LoadHost {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
  /** The addresses of a host name, IPv4 first; rejects when there are none. */
  resolve(host: string): Promise<readonly string[]>;
  openSender(options: Omit<SenderOptions, "libc">): Promise<Sender>;
  openView(address: ServerAddress): ServerView;
  /** Shows a line in place of the one shown before, on a terminal; "" wipes it. */
  showProgress(text: string): void;
  writeFile(path: string, text: string): Promise<void>;
  /** Rejects where such a file cannot be written; one that is there stays as it is. */
  tryFile(path: string): Promise<void>;
  /** Calls `handler` at the first Ctrl-C. */
  onInterrupt(handler: () => void): () => void;
}

export const processBenchHost: BenchHost = {
  ...systemHost,
  nowMs: () => performance.timeOrigin + performance.now(),
  sleep: (ms) => sleep(ms),
  resolve: async (host) => (await lookup(host, { all: true, order: "ipv4first" })).map(({ address }) => address),
  openSender: (options) => openSender({ ...options, libc: libcIfAny(loadLibc) }),
  openView: httpView,
  showProgress: (text) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
  },
  writeFile: (path, text) => writeFile(path, text),
  tryFile: (path) => writeFile(path, "", { flag: "a" }),
  onInterrupt: (handler) => {
    process.once("SIGINT", handler);
    return () => void process.off("SIGINT", handler);
  },
};
