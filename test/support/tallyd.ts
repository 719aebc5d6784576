import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Status } from "../../src/model/status.ts";
import { parseUdpUrl } from "../../src/transport/udp-address.ts";
import { until } from "./until.ts";

/** A line of the log, as pino writes it. */
export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly listening?: readonly string[];
  readonly http?: string;
}

/** The real process. */
export interface Tallyd {
  readonly pid: number;
  readonly log: readonly LogLine[];
  /** Everything that it wrote, both streams. */
  readonly text: () => string;
  /** The URLs that it listens on, with the ports that it was given. */
  readonly listening: readonly string[];
  /** Port of the first listener, which is UDP unless `--listen` says otherwise; do not ask then. */
  readonly udpPort: number;
  readonly http: string;
  /** The samples of a scrape by name with labels, as the page writes them; comments left out. */
  scrape(): Promise<Map<string, number>>;
  status(): Promise<Status>;
  /** The exit code, once it has ended. */
  readonly ended: Promise<number | null>;
  /** Sends a signal and waits for the end; answers the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** Runs `tallyd serve` with free ports; `args` come after those. Rejects with what it wrote when it does not start. */
export async function startTallyd(
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Tallyd> {
  const listen = args.includes("--listen") ? [] : ["--listen", "udp://127.0.0.1:0"];
  const child = spawn(process.execPath, [MAIN, "serve", "--http", "127.0.0.1:0", ...listen, ...args], {
    env: { PATH: process.env["PATH"], TALLYD_LOG_FORMAT: "json", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const ended = once(child, "close").then(([code]) => code as number | null);
  let isEnded = false;
  void ended.then(() => (isEnded = true));

  const log = (): LogLine[] =>
    text
      .split("\n")
      .filter((line) => line.startsWith("{") && line.endsWith("}"))
      .map((line) => JSON.parse(line) as LogLine);
  const start = (): LogLine | undefined => log().find((line) => line.listening !== undefined);
  await until(() => isEnded || start() !== undefined);
  const { listening = [], http = "" } = start() ?? {};
  if (start() === undefined) throw new Error(`tallyd ended with code ${await ended}: ${text}`);

  return {
    pid: child.pid as number,
    get log() {
      return log();
    },
    text: () => text,
    ended,
    listening,
    get udpPort() {
      return parseUdpUrl(listening[0] as string).port;
    },
    http,
    async scrape() {
      const response = await fetch(`${http}/metrics`);
      const lines = (await response.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      return new Map(
        lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
      );
    },
    async status() {
      return (await (await fetch(`${http}/api/status`)).json()) as Status;
    },
    async end(signal = "SIGTERM") {
      child.kill(signal);
      return ended;
    },
  };
}
