import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HistogramLogReader } from "hdr-histogram-js";
import type { Histogram } from "hdr-histogram-js";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { send } from "../support/send.ts";
import { startTallyd } from "../support/tallyd.ts";
import type { Tallyd } from "../support/tallyd.ts";
import { until } from "../support/until.ts";

// A process is started for each test, on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000 });

let directory = "";
let tallyd: Tallyd | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tallyd-hdr-"));
});
afterEach(async () => {
  await tallyd?.end("SIGKILL");
  rmSync(directory, { recursive: true });
});

function read(text: string): Histogram[] {
  const reader = new HistogramLogReader(text, 64);
  const found: Histogram[] = [];
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram())
    found.push(next);
  return found;
}

const VALUES = Array.from({ length: 1_000 }, (_, i) => i + 1);

async function sendValues({ udpPort }: Tallyd): Promise<void> {
  for (let i = 0; i < VALUES.length; i += 50)
    await send(udpPort, [
      VALUES.slice(i, i + 50)
        .map((value) => `api.latency:${value}|ms|#route:/a`)
        .join("\n"),
    ]);
  await send(udpPort, ["other.size:5|h\nhits:1|c"]);
  await until(async () => (await tallyd?.status())?.totals.lines === VALUES.length + 2);
}

test("selected series of a real process are in its HDR log, all samples of them, once it has ended", async () => {
  tallyd = await startTallyd(["--flush-interval", "1s", "--shards", "2"], {
    TALLYD_HDR_LOG_DIRECTORY: join(directory, "logs"),
    TALLYD_HDR_LOG_SERIES: "api.*",
  });
  await sendValues(tallyd);
  expect(await tallyd.end()).toBe(0);
  const [file = "", ...others] = readdirSync(join(directory, "logs"));
  expect(others).toEqual([]);
  const found = read(readFileSync(join(directory, "logs", file), "utf8"));
  expect(new Set(found.map(({ tag }) => tag))).toEqual(new Set(["api.latency;route:/a"]));
  expect(found.reduce((sum, { totalCount }) => sum + totalCount, 0)).toBe(1_000);
  const whole = found[0] as Histogram;
  for (const more of found.slice(1)) whole.add(more);
  const median = whole.getValueAtPercentile(50) / 1_000;
  expect(Math.abs(median - 500)).toBeLessThanOrEqual(500 * (1 / 256 + 1 / 1_024));
});

test("a live series is found by a selector, and its histogram given as JSON and as an HDR log", async () => {
  tallyd = await startTallyd();
  const { http } = tallyd;
  const get = async (path: string): Promise<Response> => fetch(`${http}${path}`);
  await sendValues(tallyd);
  await tallyd.scrape();
  const match = encodeURIComponent('api_latency_seconds{route=~"/.*"}');
  const { series, cut } = (await (await get(`/api/series?match=${match}`)).json()) as {
    series: { id: string; name: string; labels: object; type: string }[];
    cut: boolean;
  };
  expect([series, cut]).toEqual([
    [{ id: expect.any(String), name: "api_latency_seconds", labels: { route: "/a" }, type: "summary" }],
    false,
  ]);
  const id = series[0]?.id ?? "";
  const json = (await (await get(`/api/series/${id}/histogram`)).json()) as {
    count: number;
    sum: number;
    divisor: number;
    buckets: [number, number, number][];
  };
  expect([json.count, json.sum, json.divisor]).toEqual([1_000, 500_500, 1_000]);
  expect(json.buckets.reduce((sum, [, , weight]) => sum + weight, 0)).toBe(1_000);
  const [histogram] = read(await (await get(`/api/series/${id}/histogram?format=hdr`)).text());
  expect([histogram?.totalCount, histogram?.tag]).toEqual([1_000, "api_latency_seconds;route:/a"]);
  const p99 = (histogram?.getValueAtPercentile(99) ?? 0) / 1_000;
  expect(Math.abs(p99 - 990)).toBeLessThanOrEqual(990 * (1 / 256 + 1 / 1_024));

  const all = (await (await get("/api/series?limit=2")).json()) as {
    series: { id: string; name: string }[];
    cut: boolean;
  };
  expect([all.series.length, all.cut]).toEqual([2, true]);
  const hits = (await (await get("/api/series?match=hits_total")).json()) as { series: { id: string }[] };
  expect((await get(`/api/series/${hits.series[0]?.id}/histogram`)).status).toBe(409);
  for (const [path, code] of [
    ["/api/series?match=%7B", 400],
    ["/api/series?limit=0", 400],
    ["/api/series?limit=5000", 400],
    ["/api/series/0-999/histogram", 404],
    ["/api/series/x/histogram", 404],
    [`/api/series/${id}/histogram?format=xml`, 400],
  ] as const)
    expect((await get(path)).status, path).toBe(code);
});
