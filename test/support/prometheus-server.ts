import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** A server that stores time series and answers PromQL. */
export interface QueryServer {
  readonly url: string;
  /** The values of an instant query, in order of size; none where it cannot be answered. */
  values(query: string): Promise<number[]>;
  stop(): Promise<void>;
}

/** Debian's Prometheus, which takes remote write; `scrapes` are `host:port` of targets, scraped once a second. */
export async function startPrometheus(scrapes: readonly string[] = []): Promise<QueryServer> {
  const folder = mkdtempSync(join(tmpdir(), "tallyd-prometheus-"));
  const targets = JSON.stringify(scrapes);
  const jobs = scrapes.length === 0 ? "[]" : `[{job_name: scraped, static_configs: [{targets: ${targets}}]}]`;
  writeFileSync(join(folder, "prometheus.yml"), `global: {scrape_interval: 1s}\nscrape_configs: ${jobs}\n`);
  const port = await freePort();
  return start("prometheus", folder, `http://127.0.0.1:${port}`, "/-/ready", [
    `--config.file=${folder}/prometheus.yml`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--web.enable-remote-write-receiver",
    "--enable-feature=native-histograms",
  ]);
}

/** Debian's VictoriaMetrics. */
export async function startVictoriaMetrics(): Promise<QueryServer> {
  const folder = mkdtempSync(join(tmpdir(), "tallyd-victoria-"));
  const port = await freePort();
  return start("victoria-metrics", folder, `http://127.0.0.1:${port}`, "/health", [
    `-httpListenAddr=127.0.0.1:${port}`,
    `-storageDataPath=${folder}/data`,
    "-search.latencyOffset=0s",
  ]);
}

async function start(
  program: string,
  folder: string,
  url: string,
  ready: string,
  args: readonly string[],
): Promise<QueryServer> {
  const child = spawn(program, args, { stdio: "ignore" });
  for (const endMs = Date.now() + 20_000; ; await delay(100)) {
    const response = await fetch(url + ready).catch(() => undefined);
    if (response?.ok === true) break;
    if (Date.now() > endMs || child.exitCode !== null) throw new Error(`${program} did not start`);
  }
  return {
    url,
    async values(query) {
      const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
      if (!answer.ok) return [];
      const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
      return data.result.map(({ value }) => Number(value[1])).sort((left, right) => left - right);
    },
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
