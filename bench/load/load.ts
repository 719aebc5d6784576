import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { SendOptions, SendReport } from "./send.ts";

const SEND = fileURLToPath(new URL("send.ts", import.meta.url));

/**
 * Runs the sender as a child process and answers what exactly it sent. Where the machine has more than one core and
 * `taskset`, the sender keeps to core 1, so that it and the server do not fight for one.
 */
export async function load(options: SendOptions): Promise<SendReport> {
  const pinned = availableParallelism() > 1 && existsSync("/usr/bin/taskset");
  const command = [process.execPath, SEND, JSON.stringify(options)];
  const [file = "", ...args] = pinned ? ["/usr/bin/taskset", "-c", "1", ...command] : command;
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once("error", reject).once("close", resolve),
  );
  if (code !== 0) throw new Error(`the load generator ended with code ${code}`);
  return JSON.parse(text) as SendReport;
}
