import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { expect, it } from "vitest";
import { startPrometheus } from "../support/prometheus-server.ts";
import { startTallyd } from "../support/tallyd.ts";

const THERE = process.env["TALLYD_REAL_PARTS"] === "1" && spawnSync("prometheus", ["--version"]).status === 0;
if (!THERE) console.warn("Skipped: needs TALLYD_REAL_PARTS=1 and prometheus (Debian: apt-get install prometheus).");

it.skipIf(!THERE)(
  "native histograms go out by remote write, and Prometheus answers quantiles of them",
  async () => {
    const server = await startPrometheus();
    const tallyd = await startTallyd(["--flush-interval", "1s", "--shards", "1"], {
      TALLYD_PROMETHEUS_REMOTE_WRITE_URL: `${server.url}/api/v1/write`,
      TALLYD_PROMETHEUS_REMOTE_WRITE_NATIVE_HISTOGRAMS: "true",
      TALLYD_PROMETHEUS_HISTOGRAMS: "histogram",
      TALLYD_PROMETHEUS_NATIVE_HISTOGRAMS_MODE: "asked",
    });
    try {
      const socket = createSocket("udp4");
      const line = `wait:${Array.from({ length: 100 }, (_, index) => index + 1).join(":")}:-5:0|h`;
      await new Promise<void>((resolve) => socket.send(line, tallyd.udpPort, "127.0.0.1", () => resolve()));
      socket.close();
      await expect.poll(() => server.values("histogram_count(wait)"), { timeout: 10_000 }).toEqual([102]);
      expect(await server.values("histogram_sum(wait)")).toEqual([5045]);
      const [median = 0] = await server.values("histogram_quantile(0.5, wait)");
      expect(Math.abs(median / 49 - 1)).toBeLessThan(0.05);
      const output = (await tallyd.status()).outputs.find(({ name }) => name === "prometheus_remote_write");
      expect(Object.values(output?.dropped ?? {}).every((points) => points === 0)).toBe(true);
      await tallyd.end();
      await expect.poll(() => server.values("histogram_count(wait)"), { timeout: 10_000 }).toEqual([]);
    } finally {
      await tallyd.end();
      await server.stop();
    }
  },
  60_000,
);
