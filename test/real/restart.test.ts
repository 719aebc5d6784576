import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { freePort, startPrometheus } from "../support/prometheus-server.ts";
import type { QueryServer } from "../support/prometheus-server.ts";
import { startTallyd } from "../support/tallyd.ts";

const ASKED = process.env["TALLYD_REAL_PARTS"] === "1";
const THERE = ASKED && spawnSync("prometheus", ["--version"]).status === 0;
if (!THERE) console.warn("Skipped: needs TALLYD_REAL_PARTS=1 and prometheus (Debian: apt-get install prometheus).");

/** Sends a few series fifty times a second, until it is told to stop. */
function startTraffic(port: number): () => void {
  const socket = createSocket("udp4");
  let round = 0;
  const timer = setInterval(() => {
    round += 1;
    socket.send(
      `shop.hits:1|c|#route:/${round % 3}\nshop.wait:${round % 900}|ms\nshop.size:${round % 40}|h`,
      port,
      "127.0.0.1",
    );
  }, 20);
  return () => {
    clearInterval(timer);
    socket.close();
  };
}

describe.skipIf(!THERE)("a restart under traffic", () => {
  const undo: (() => void | Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0).toReversed()) await step();
  });

  it.each(["SIGTERM", "SIGKILL"] as const)(
    "by %s is no counter reset for Prometheus, scraping and by remote write",
    async (signal) => {
      const folder = mkdtempSync(join(tmpdir(), "tallyd-restart-"));
      undo.push(() => rmSync(folder, { recursive: true }));
      const [http, udp] = [await freePort(), await freePort()];
      const server: QueryServer = await startPrometheus([`127.0.0.1:${http}`]);
      undo.push(() => server.stop());
      const args = ["--http", `127.0.0.1:${http}`, "--listen", `udp://127.0.0.1:${udp}`, "--flush-interval", "1s"];
      const environment = {
        TALLYD_PROMETHEUS_STATE_FILE: join(folder, "state"),
        TALLYD_PROMETHEUS_HISTOGRAMS: "histogram",
        TALLYD_PROMETHEUS_REMOTE_WRITE_URL: `${server.url}/api/v1/write`,
        TALLYD_PROMETHEUS_REMOTE_WRITE_LABELS: "job:pushed,instance:one",
      };
      undo.push(startTraffic(udp));
      for (let life = 0; life < 3; life += 1) {
        const tallyd = await startTallyd(args, environment);
        await delay(3_500);
        await tallyd.end(signal);
      }
      const last = await startTallyd(args, environment);
      undo.push(() => last.end());
      await delay(3_000);
      const counters = '{__name__=~"shop_.*(_total|_bucket|_sum|_count)"}';
      expect(await server.values(`count(last_over_time(${counters}[1m]))`)).toEqual([2 * (3 + 2 * 14)]);
      const names = [
        "hits_total",
        ...["wait_seconds", "size"].flatMap((name) => [`${name}_bucket`, `${name}_sum`, `${name}_count`]),
      ];
      for (const name of names) {
        expect(await server.values(`sum(resets(shop_${name}[2m])) by (job)`), name).toEqual([0, 0]);
      }
      // About 50 a second for 13 seconds; a process that began at 0 would show a fourth of it.
      const [scraped = 0] = await server.values('sum(shop_hits_total{job="scraped"})');
      expect(scraped).toBeGreaterThan(400);
      expect(last.text()).toContain("go on with the numbers of the state file");
    },
    90_000,
  );

  it("a reload of the rules neither", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tallyd-reload-"));
    undo.push(() => rmSync(folder, { recursive: true }));
    const [http, config] = [await freePort(), join(folder, "tallyd.yaml")];
    const server: QueryServer = await startPrometheus([`127.0.0.1:${http}`]);
    undo.push(() => server.stop());
    const rules = (round: number): string =>
      `filter:\n  deny: [other.${round}]\nprometheus:\n  mappings:\n    - {match: "other.*", name: "other_${round}"}\n`;
    writeFileSync(config, rules(0));
    const tallyd = await startTallyd(["--config", config, "--http", `127.0.0.1:${http}`]);
    undo.push(() => tallyd.end());
    undo.push(startTraffic(tallyd.udpPort));
    for (let round = 1; round <= 4; round += 1) {
      await delay(2_000);
      writeFileSync(config, rules(round));
      process.kill(tallyd.pid, "SIGHUP");
    }
    await delay(3_000);
    expect((await tallyd.scrape()).get('tallyd_config_reloads_total{outcome="success"}')).toBe(4);
    for (const name of ["hits_total", "wait_seconds_sum", "wait_seconds_count", "size_sum", "size_count"])
      expect(await server.values(`sum(resets(shop_${name}[2m]))`), name).toEqual([0]);
    const [hits = 0] = await server.values("sum(shop_hits_total)");
    expect(hits).toBeGreaterThan(300);
    expect((await tallyd.status()).ledger.balance).toBe(0);
  });
});
