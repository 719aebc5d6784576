import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Rig } from "../output/datadog/rig.ts";

/**
 * A receiver of Datadog's v1 format that nobody here wrote: Debian's VictoriaMetrics (1.79.5). It refuses raw deflate
 * and anything that is not v1, and gives the points back as it understood them.
 */
const WANTED = process.env["TALLYD_REAL_PARTS"] === "1";
if (!WANTED)
  console.warn("VictoriaMetrics is not tried: set TALLYD_REAL_PARTS=1 where `victoria-metrics` is installed");

interface Exported {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly number[];
  /** Unix milliseconds. */
  readonly timestamps: readonly number[];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.skipIf(!WANTED)("VictoriaMetrics", () => {
  const directory = mkdtempSync(join(tmpdir(), "tallyd-victoria-"));
  let base: string;
  let victoria: ChildProcess;

  beforeAll(async () => {
    base = `http://127.0.0.1:${await freePort()}`;
    const listen = `-httpListenAddr=${base.slice("http://".length)}`;
    victoria = spawn("victoria-metrics", [listen, `-storageDataPath=${directory}`, "-retentionPeriod=100y"], {
      stdio: "ignore",
    });
    for (const endMs = Date.now() + 20_000; ; await delay(100)) {
      const response = await fetch(`${base}/health`).catch(() => undefined);
      if (response?.ok === true) return;
      if (Date.now() > endMs || victoria.exitCode !== null) throw new Error("VictoriaMetrics did not start");
    }
  }, 30_000);

  afterAll(async () => {
    const ended = new Promise((resolve) => victoria.once("exit", resolve));
    victoria.kill("SIGTERM");
    await ended;
    rmSync(directory, { recursive: true, force: true });
  }, 30_000);

  /** What was stored under a metric, once it can be seen. */
  async function exported(metric: string): Promise<Exported[]> {
    for (const endMs = Date.now() + 60_000; ; await delay(100)) {
      await fetch(`${base}/internal/force_flush`);
      const text = await (
        await fetch(`${base}/api/v1/export?match[]=${encodeURIComponent(`{__name__="${metric}"}`)}`)
      ).text();
      const rows = text.split("\n").filter((line) => line !== "");
      if (rows.length > 0) return rows.map((row) => JSON.parse(row) as Exported);
      if (Date.now() > endMs) throw new Error(`${metric} did not appear`);
    }
  }

  it.each(["deflate", "gzip", "none"] as const)(
    "stores the numbers of an interval, sent with compression %s",
    async (compression) => {
      const rig = new Rig(`${base}/datadog/`, { seriesApi: "v1", compression });
      rig.nowMs = Math.floor(Date.now() / 10_000) * 10_000;
      const p = compression;
      rig.send(
        `${p}.hits:3|c|#env:prod,path:/a "b"`,
        `${p}.hits:4|c|#path:/a "b",env:prod`,
        `${p}.temp:-7.5|g|#host:other`,
      );
      rig.send(
        `${p}.users:a|s`,
        `${p}.users:b|s`,
        ...[1, 2, 3, 4].map((value) => `${p}.took:${value}|ms`),
        `${p}.size:9|d`,
      );
      const { startSeconds } = await rig.deliver();
      await rig.output.close(rig.nowMs);
      expect(rig.output.status()).toMatchObject({ delivered: 1, retries: 0 });
      const [hits] = await exported(`${p}.hits`);
      expect(hits?.metric).toMatchObject({ host: "here", env: "prod", path: '/a "b"' });
      expect(hits).toMatchObject({ values: [0.7], timestamps: [startSeconds * 1000] });
      expect(await exported(`${p}.temp`)).toMatchObject([{ metric: { host: "other" }, values: [-7.5] }]);
      expect(await exported(`${p}.users`)).toMatchObject([{ values: [2] }]);
      const parts = { max: 4, median: 2, avg: 2.5, count: 0.4, "95percentile": 4 };
      for (const [part, value] of Object.entries(parts)) {
        expect(await exported(`${p}.took.${part}`)).toMatchObject([{ values: [value] }]);
      }
      expect(await exported(`${p}.size.avg`)).toMatchObject([{ values: [9] }]);
    },
    60_000,
  );

  it("takes events and service checks, which it does not store", async () => {
    const rig = new Rig(`${base}/datadog`, { seriesApi: "v1" });
    const none = { timestamp: null, hostname: null, tags: [] };
    const words = { aggregationKey: "", priority: "normal", alertType: "info", sourceType: "" } as const;
    rig.output.take([
      { type: "event", event: { title: "t", text: "x", ...none, ...words } },
      { type: "service_check", check: { name: "c", status: 0, message: "", ...none } },
    ]);
    await rig.deliver();
    await rig.output.close(rig.nowMs);
    expect(rig.output.status()).toMatchObject({ delivered: 2, retries: 0 });
  });
});
