import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freeTcpPort, freeUdpPort } from "../server.ts";
import type { NotRun, Peer, Running } from "./peer.ts";
import { startProgram } from "./peer.ts";

const COLLECTORS = [
  "proc",
  "diskspace",
  "cgroups",
  "tc",
  "idlejitter",
  "timex",
  "slabinfo",
  "profile",
  "apps",
  "charts.d",
  "enable running new plugins",
];

/** netdata with its statsd server alone, in C; it keeps its charts in memory and updates them every second. */
export const netdata: Peer = {
  name: "netdata (statsd)",
  install: "apt-get install netdata-core",
  async start(folder): Promise<Running | NotRun> {
    const version = spawnSync("netdata", ["-V"], { encoding: "utf8" });
    if (version.error !== undefined) return { reason: "not installed" };
    for (const name of ["config", "cache", "lib", "log"]) mkdirSync(join(folder, name), { recursive: true });
    const [port, http] = [await freeUdpPort(), await freeTcpPort()];
    const path = join(folder, "netdata.conf");
    const user = process.getuid?.() === 0 ? "root" : (process.env["USER"] ?? "netdata");
    const config = [
      "[global]",
      `run as user = ${user}`,
      "[directories]",
      ...["config", "cache", "lib", "log"].map((name) => `${name} = ${folder}/${name}`),
      "[db]",
      "mode = ram",
      "retention = 300",
      "[web]",
      `bind to = 127.0.0.1:${http}`,
      "[ml]",
      "enabled = no",
      "[health]",
      "enabled = no",
      "[plugins]",
      ...COLLECTORS.map((name) => `${name} = no`),
      "statsd = yes",
      "[statsd]",
      "enabled = yes",
      `bind to = udp:127.0.0.1:${port}`,
    ];
    writeFileSync(path, `${config.join("\n")}\n`);
    const started = await startProgram("netdata", ["-D", "-c", path], folder, port);
    if ("reason" in started) return started;
    return {
      version: /v?(\d[\d.]*\d)/.exec(version.stdout)?.[1] ?? "unknown",
      pid: started.child.pid as number,
      port,
      stop: () => started.stop(),
    };
  },
};
