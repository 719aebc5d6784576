import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { freeTcpPort, freeUdpPort } from "../server.ts";
import type { NotRun, Peer, Running } from "./peer.ts";
import { startProgram } from "./peer.ts";

const VERSION = "0.9.0";
/** It logs by a function that Node dropped in version 23. */
const UTIL_LOG = 'data:text/javascript,import util from "node:util"; util.log = () => {};';

/** The first StatsD server, in JavaScript; it comes from npm into a temporary folder, and flushes to no backend. */
export const etsyStatsd: Peer = {
  name: "statsd (Etsy)",
  install: `npm install statsd@${VERSION}`,
  async start(folder): Promise<Running | NotRun> {
    const program = join(folder, "node_modules/statsd/stats.js");
    try {
      const args = ["install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", `statsd@${VERSION}`];
      if (!existsSync(program)) await promisify(execFile)("npm", args, { timeout: 120_000 });
    } catch {
      return { reason: `npm could not install statsd@${VERSION}` };
    }
    const [port, management] = [await freeUdpPort(), await freeTcpPort()];
    const config = {
      address: "127.0.0.1",
      port,
      mgmt_address: "127.0.0.1",
      mgmt_port: management,
      flushInterval: 1_000,
      backends: [],
    };
    const path = join(folder, "config.js");
    writeFileSync(path, JSON.stringify(config));
    const started = await startProgram(process.execPath, ["--import", UTIL_LOG, program, path], folder, port);
    if ("reason" in started) return started;
    return {
      version: VERSION,
      pid: started.child.pid as number,
      port,
      stop: () => started.stop(),
    };
  },
};
