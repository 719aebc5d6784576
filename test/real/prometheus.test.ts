import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parsePageQuery } from "../../src/output/prometheus/query.ts";
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

function tameBench(options: ConstructorParameters<typeof Bench>[0] = {}): Bench {
  const bench = new Bench(options);
  bench.send(seriesOf("shop.hits", "counter", ["route:/a"]), 3, 4);
  bench.send(seriesOf("shop.depth", "gauge", ["q:x"]), -2.5);
  bench.send(seriesOf("shop.users", "set"), "ann", "bob");
  bench.send(seriesOf("shop.wait", "timer", [], { layout: 2 }), 250, 750);
  bench.send(seriesOf("shop.size", "distribution"), 10, 20);
  const timeMs = Date.now();
  const hits = seriesOf("shop.hits", "counter", ["route:/a"]);
  const wait = seriesOf("shop.wait", "timer", [], { layout: 2 });
  bench.output.take([
    { type: "exemplar", exemplar: { series: hits, label: ["trace_id", "4bf9"], value: 4, timeMs } },
    { type: "exemplar", exemplar: { series: wait, label: ["trace_id", "a3ce"], value: 750, timeMs } },
  ]);
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

const OPEN_METRICS = "application/openmetrics-text;version=1.0.0";
/** What a target is asked for: by what the scraper says, which is protobuf, or as if it had said something else. */
const ASKED = new Map<string, (accept: string | undefined) => string | undefined>([
  ["text", () => undefined],
  ["openmetrics", () => OPEN_METRICS],
  ["protobuf", (accept) => accept],
]);
const FORMATS = [...ASKED.keys()];

describe.skipIf(!installed("prometheus"))("Prometheus", () => {
  const folder = mkdtempSync(join(tmpdir(), "tallyd-prometheus-"));
  const benches = new Map([
    ["tame", tameBench()],
    ["hostile", hostileBench(7, 2000)],
  ]);
  const native = tameBench({ native: { mode: "beside", bucketsMax: 160 } });
  const accepted = new Set<string | undefined>();
  const webs: Web[] = [];
  const targets: string[] = [];
  let server: ChildProcess;
  let url = "";

  const serve = async (job: string, bench: Bench, asked: (accept: string | undefined) => string | undefined) => {
    const web = createWeb({
      host: "127.0.0.1",
      port: 0,
      drain: async () => {},
      renderMetrics: (accept, signal, search) => {
        accepted.add(accept);
        return bench.output.render(asked(accept), [], signal, parsePageQuery(search));
      },
      status: statusOf,
      senders: () => reportOf(),
      ready: () => true,
      capture: () => Promise.resolve(undefined),
      log: { error: console.error },
    });
    webs.push(web);
    targets.push(`- {job_name: ${job}, static_configs: [{targets: ["127.0.0.1:${(await web.listen()).port}"]}]}`);
  };

  beforeAll(async () => {
    for (const [job, bench] of benches)
      for (const [format, asked] of ASKED) await serve(`${job}-${format}`, bench, asked);
    await serve("native", native, (accept) => accept);
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
      "--enable-feature=native-histograms,exemplar-storage",
    ];
    server = spawn("prometheus", options, { stdio: "ignore" });
    const scraped = async (): Promise<void> => expect(await values("count(up)")).toEqual([String(targets.length)]);
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
    const { data } = (await answer.json()) as { data: { result: { value?: [number, string] }[] } };
    return data.result.map(({ value }) => value?.[1] ?? "no number");
  };
  const eventually = async (query: string, want: readonly string[]): Promise<void> => {
    await expect
      .poll(() => values(query).then((found) => found.toSorted()), { timeout: 60_000 })
      .toEqual(want.toSorted());
  };

  test("asks for protobuf first", () => {
    expect(accepted.size).toBe(1);
    expect([...accepted][0]).toContain("application/vnd.google.protobuf");
  });

  test("scrapes all of it", () =>
    eventually(
      "up",
      Array.from(targets, () => "1"),
    ));

  describe.each(FORMATS)("from %s", (format) => {
    const job = `job="tame-${format}"`;
    test.each([
      [`shop_hits_total{${job},route="/a"}`, ["7"]],
      [`shop_depth{${job},q="x"}`, ["-2.5"]],
      [`shop_users{${job}}`, ["2"]],
      [`shop_wait_seconds_sum{${job}} / shop_wait_seconds_count`, ["0.5"]],
      [`shop_wait_seconds_bucket{${job},le=~"0.5|1.0|1e.06|\\\\+Inf"}`, ["1", "2", "2", "2"]],
      [`shop_size{${job},quantile="0.5"}`, ["10"]],
    ])("answers %s", async (query, want) => {
      await eventually(query, want);
    });

    test("takes every sample of a hostile page", async () => {
      const page = await benches.get("hostile")?.page();
      const lines = page?.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
      await eventually(`scrape_samples_scraped{job="hostile-${format}"}`, [String(lines)]);
      await eventually(`count({job="hostile-${format}"}) - 5`, [String(lines)]);
    });
  });

  test.each(["openmetrics", "protobuf"])("keeps the exemplars of counters and buckets from %s", async (format) => {
    const traces = async (name: string): Promise<string[]> => {
      const query = new URLSearchParams({ query: `${name}{job="tame-${format}"}`, start: "0", end: "9999999999" });
      const { data } = (await (await fetch(`${url}/api/v1/query_exemplars?${query}`)).json()) as {
        data: { exemplars: { labels: { trace_id?: string }; value: string }[] }[];
      };
      return data.flatMap(({ exemplars }) => exemplars.map(({ labels, value }) => `${labels.trace_id} ${value}`));
    };
    await expect.poll(() => traces("shop_hits_total"), { timeout: 10_000 }).toEqual(["4bf9 4"]);
    await expect.poll(() => traces("shop_wait_seconds_bucket"), { timeout: 10_000 }).toEqual(["a3ce 0.75"]);
  });

  test("takes native histograms, with the quantiles of their buckets", async () => {
    await eventually('histogram_count(shop_wait_seconds{job="native"})', ["2"]);
    await eventually('histogram_sum(shop_wait_seconds{job="native"})', ["1"]);
    // 250 ms and 750 ms: half of them are below a quarter of a second, all below a bucket of 4.4 % more than 0.75.
    const [all] = await values('histogram_quantile(1, shop_wait_seconds{job="native"})');
    expect(Number(all)).toBeGreaterThan(0.75);
    expect(Number(all)).toBeLessThan(0.75 * 1.045);
    await eventually('count(shop_wait_seconds_bucket{job="native"})', []);
  });
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
