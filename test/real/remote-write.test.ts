import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startPrometheus, startVictoriaMetrics } from "../support/prometheus-server.ts";
import type { QueryServer } from "../support/prometheus-server.ts";
import { startTallyd } from "../support/tallyd.ts";
import type { Tallyd } from "../support/tallyd.ts";

const ASKED = process.env["TALLYD_REAL_PARTS"] === "1";
const SERVERS = [
  { program: "prometheus", version: "1.0", start: () => startPrometheus() },
  { program: "victoria-metrics", version: "1.0", start: startVictoriaMetrics },
  // Both know 1.0 only, so this is the fallback.
  { program: "prometheus", version: "2.0", start: () => startPrometheus() },
] as const;

function isInstalled(program: string): boolean {
  const there = ASKED && spawnSync(program, ["--version"]).error === undefined;
  if (!there) console.warn(`Skipped: needs TALLYD_REAL_PARTS=1 and ${program}.`);
  return there;
}

async function send(port: number, ...lines: readonly string[]): Promise<void> {
  const socket = createSocket("udp4");
  for (const line of lines) await new Promise<void>((resolve) => socket.send(line, port, "127.0.0.1", () => resolve()));
  socket.close();
}

describe.each(SERVERS)("remote write $version into $program", ({ program, version, start }) => {
  describe.skipIf(!isInstalled(program))("of the real process", () => {
    let server: QueryServer;
    let tallyd: Tallyd;

    beforeAll(async () => {
      server = await start();
      tallyd = await startTallyd(["--flush-interval", "1s", "--shards", "1"], {
        TALLYD_PROMETHEUS_REMOTE_WRITE_URL: `${server.url}/api/v1/write`,
        TALLYD_PROMETHEUS_REMOTE_WRITE_VERSION: version,
        TALLYD_PROMETHEUS_REMOTE_WRITE_LABELS: "job:pushed,instance:one",
        TALLYD_PROMETHEUS_HISTOGRAMS: "histogram",
      });
      await send(
        tallyd.udpPort,
        "shop.hits:7|c|#route:/a",
        "shop.depth:-2.5|g",
        "shop.wait:250:750|ms",
        "shop.users:ann|s",
        'shop.odd:1|c|#q:"\\',
      );
    }, 40_000);

    afterAll(async () => {
      if (tallyd !== undefined) await tallyd.end();
      await server.stop();
    }, 20_000);

    it.each([
      ['shop_hits_total{route="/a",job="pushed",instance="one"}', [7]],
      ["shop_depth", [-2.5]],
      ["shop_wait_seconds_sum", [1]],
      ["shop_wait_seconds_count", [2]],
      ['shop_wait_seconds_bucket{le=~"0.5|\\\\+Inf"}', [1, 2]],
      ["histogram_quantile(0.5, shop_wait_seconds_bucket)", [0.25]],
      ['shop_odd_total{q="\\"\\\\"}', [1]],
    ])("can be queried back: %s", async (query, want) => {
      await expect.poll(() => server.values(query), { timeout: 10_000, interval: 200 }).toEqual(want);
    });

    it("goes on over intervals without a refusal, and its books balance", async () => {
      await send(tallyd.udpPort, "shop.hits:3|c|#route:/a");
      await expect.poll(() => server.values("shop_hits_total"), { timeout: 10_000, interval: 200 }).toEqual([10]);
      const output = (await tallyd.status()).outputs.find(({ name }) => name === "prometheus_remote_write");
      expect(output).toMatchObject({ healthy: true });
      expect(Object.values(output?.dropped ?? {}).every((points) => points === 0)).toBe(true);
      const { points_made = 0, points_delivered = 0, points_queued = 0 } = output?.notes ?? {};
      expect(points_made).toBe(points_delivered + points_queued);
      expect(points_delivered).toBeGreaterThan(20);
    });

    it("ends its series when the process ends in order", async () => {
      await tallyd.end();
      await expect.poll(() => server.values("shop_hits_total"), { timeout: 10_000, interval: 200 }).toEqual([]);
      expect(await server.values("last_over_time(shop_hits_total[1m])")).toEqual([10]);
    });
  });
});
