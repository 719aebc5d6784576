import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freeUdpPort } from "../server.ts";
import type { NotRun, Peer, Running } from "./peer.ts";
import { startProgram } from "./peer.ts";

/** collectd with its statsd plugin alone, in C; values are dispatched every second and written nowhere. */
export const collectd: Peer = {
  name: "collectd (statsd plugin)",
  install: "apt-get install collectd-core",
  async start(folder): Promise<Running | NotRun> {
    const help = spawnSync("collectd", ["-h"], { encoding: "utf8" });
    if (help.error !== undefined) return { reason: "not installed" };
    const port = await freeUdpPort();
    const path = join(folder, "collectd.conf");
    const config = [
      `BaseDir "${folder}"`,
      `PIDFile "${folder}/pid"`,
      'Hostname "localhost"',
      "FQDNLookup false",
      "Interval 1",
      "LoadPlugin statsd",
      "<Plugin statsd>",
      '  Host "127.0.0.1"',
      `  Port "${port}"`,
      "  TimerPercentile 90.0",
      "  TimerCount true",
      "</Plugin>",
    ];
    writeFileSync(path, `${config.join("\n")}\n`);
    const started = await startProgram("collectd", ["-f", "-C", path], folder, port);
    if ("reason" in started) return started;
    return {
      version: /collectd (\d[\d.]*\d)/.exec(help.stdout)?.[1] ?? "unknown",
      pid: started.child.pid as number,
      port,
      stop: () => started.stop(),
    };
  },
};
