import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createTelemetry } from "../../src/telemetry/telemetry.ts";
import { createWeb } from "../../src/web/web.ts";
import type { Web } from "../../src/web/web.ts";
import { hostileSeries, sendHostile } from "../support/hostile-series.ts";
import { Bench, seriesOf } from "../support/prometheus.ts";
import { reportOf, statusOf } from "../support/status.ts";

/** True where a part of the real Prometheus is installed and such tests are asked for. */
function installed(program: string): boolean {
  const asked = process.env["TALLYD_REAL_PARTS"] === "1";
  const there = asked && spawnSync(program, ["--version"]).status === 0;
  if (!there) console.warn(`Skipped: needs TALLYD_REAL_PARTS=1 and ${program} (Debian: apt-get install prometheus).`);
  return there;
}

function hostileBench(seed: number, count: number): Bench {
  const bench = new Bench();
  for (const sent of fc.sample(hostileSeries, { numRuns: count, seed })) sendHostile(bench, sent);
  return bench;
}

function tameBench(): Bench {
  const bench = new Bench();
  bench.send(seriesOf("shop.hits", "counter", ["route:/a"]), 3, 4);
  bench.send(seriesOf("shop.depth", "gauge", ["q:x"]), -2.5);
  bench.send(seriesOf("shop.users", "set"), "ann", "bob");
  bench.send(seriesOf("shop.wait", "timer", [], { layout: 2 }), 250, 750);
  bench.send(seriesOf("shop.size", "distribution"), 10, 20);
  return bench;
}

describe.skipIf(!installed("promtool"))("promtool check metrics", () => {
  const check = (page: Buffer): { status: number | null; said: string } => {
    const { status, stderr, stdout } = spawnSync("promtool", ["check", "metrics"], { input: page });
    return { status, said: `${stderr}${stdout}` };
  };

  test("finds nothing to say about an ordinary page with our own metrics", async () => {
    const telemetry = createTelemetry(statusOf);
    const page = await tameBench().bytes(await telemetry.families());
    telemetry.close();
    expect(check(page)).toEqual({ status: 0, said: "" });
  });

  test("can read every hostile page", async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const { status, said } = check(await hostileBench(seed, 200).bytes());
      // 3 = lint only: it minds what clients call their metrics.
      expect([0, 3], said.slice(0, 500)).toContain(status);
    }
  }, 60_000);
});

describe.skipIf(!installed("prometheus"))("Prometheus", () => {
  const folder = mkdtempSync(join(tmpdir(), "tallyd-prometheus-"));
  const benches = new Map([
    ["tame", tameBench()],
    ["hostile", hostileBench(7, 2000)],
  ]);
  const webs: Web[] = [];
  let server: ChildProcess;
  let url = "";

  beforeAll(async () => {
    const targets: string[] = [];
    for (const [job, bench] of benches) {
      const web = createWeb({
        host: "127.0.0.1",
        port: 0,
        drain: async () => {},
        renderMetrics: (accept) => bench.output.render(accept, []),
        status: statusOf,
        senders: () => reportOf(),
        ready: () => true,
        capture: () => undefined,
        log: { error: console.error },
      });
      webs.push(web);
      targets.push(`- {job_name: ${job}, static_configs: [{targets: ["127.0.0.1:${(await web.listen()).port}"]}]}`);
    }
    writeFileSync(
      join(folder, "prometheus.yml"),
      `global: {scrape_interval: 1s}\nscrape_configs:\n${targets.join("\n")}\n`,
    );
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const options = [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    server = spawn("prometheus", options, { stdio: "ignore" });
    const scraped = async (): Promise<void> => expect(await values("count(up)")).toEqual(["2"]);
    await vi.waitFor(scraped, { timeout: 30_000, interval: 200 });
  }, 40_000);

  afterAll(async () => {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    await ended;
    await Promise.all(webs.map((web) => web.close(0)));
    rmSync(folder, { recursive: true });
  });

  const values = async (query: string): Promise<string[]> => {
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`).catch(() => undefined);
    if (answer === undefined || !answer.ok) return [];
    const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
    return data.result.map(({ value }) => value[1]);
  };

  test.each([
    ["up", ["1", "1"]],
    ['shop_hits_total{route="/a"}', ["7"]],
    ['shop_depth{q="x"}', ["-2.5"]],
    ["shop_users", ["2"]],
    ["shop_wait_seconds_sum / shop_wait_seconds_count", ["0.5"]],
    ['shop_wait_seconds_bucket{le=~"0.5|\\\\+Inf"}', ["1", "2"]],
    ['shop_size{quantile="0.5"}', ["10"]],
  ])("answers %s from what it scraped", async (query, want) => {
    await expect
      .poll(() => values(query).then((found) => found.toSorted()), { timeout: 60_000 })
      .toEqual(want.toSorted());
  });

  test("takes every sample of a hostile page", async () => {
    const page = await benches.get("hostile")?.page();
    const lines = page?.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
    await expect
      .poll(() => values('scrape_samples_scraped{job="hostile"}'), { timeout: 60_000 })
      .toEqual([String(lines)]);
    expect(await values('count({job="hostile"}) - 5')).toEqual([String(lines)]);
  });
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
