import { expect, test } from "vitest";
import { createTally, NO_CELL } from "../../../src/core/tally.ts";
import { prometheusDefaults } from "../../support/prometheus.ts";
import type { PrometheusOptions } from "../../../src/output/prometheus/options.ts";
import { createPrometheusOutput } from "../../../src/output/prometheus/prometheus.ts";
import { parseExposition } from "../../support/exposition.ts";
import { joined, LAYOUTS, seriesOf, START_MS } from "../../support/prometheus.ts";
import { SmallShard } from "../../support/small-shard.ts";

/** An output and a shard's tally, joined as the flush joins them, with a clock that the test moves. */
class Station {
  nowMs = START_MS;
  readonly #options: PrometheusOptions;
  readonly output;
  readonly shard: SmallShard;
  readonly #source;
  readonly #known = new Set<number>();

  constructor(layout: number, options: Partial<PrometheusOptions> = {}) {
    this.#options = { ...prometheusDefaults("conventional"), layouts: LAYOUTS, ...options };
    const clock = { nowMs: () => this.nowMs, monotonicMs: () => 0, after: () => () => {} };
    this.output = createPrometheusOutput(this.#options, {
      clock,
      createTally: (tally) => createTally({ ...tally, setSeed: 11n }),
    });
    this.shard = new SmallShard({ layouts: LAYOUTS }, layout);
    this.#source = this.output.tally.source();
  }

  send(...lines: string[]): void {
    this.shard.tally.setClock(this.nowMs);
    for (const line of lines) this.shard.ingest(line);
    for (const [cell, { name, tags, row }] of this.shard.bound) {
      if (this.#known.has(cell)) continue;
      this.#known.add(cell);
      const layout = row.cell === "histogram" ? this.shard.layout : 0;
      const ours = this.output.bind(seriesOf(name, row.kind, tags, { layout }));
      if (ours !== NO_CELL) this.#source.map(cell, ours);
    }
    this.output.tick(this.nowMs);
    for (let bytes = this.shard.tally.drain(65_536); bytes.length > 0; bytes = this.shard.tally.drain(65_536))
      this.#source.merge(bytes);
  }

  async samples(): Promise<string[]> {
    const page = await joined(this.output.render(undefined, []).pieces);
    parseExposition(page);
    return page
      .toString()
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
  }
}

test("datagrams become the right numbers", async () => {
  const station = new Station(0);
  station.send(
    "hits:2|c|@0.5|#route:/a",
    "hits:1|c|#route:/a\ndepth:-3.5|g|#a:1",
    "users:ann|s\nusers:bob|s",
    "wait:250|ms",
    "size:7:9|h",
  );
  station.send("hits:-1|c|#route:/a");
  station.output.tick(station.nowMs);
  expect(await station.samples()).toEqual([
    'hits_total{route="/a"} 5',
    'depth{a="1"} -3.5',
    "users 2",
    ...["0.5", "0.9", "0.99"].map(
      (quantile) => expect.stringMatching(`^wait_seconds{quantile="${quantile}"} 0\\.2[45]`) as string,
    ),
    "wait_seconds_sum 0.25",
    "wait_seconds_count 1",
    ...["0.5", "0.9", "0.99"].map((quantile) => expect.stringMatching(`^size{quantile="${quantile}"} [789]`) as string),
    "size_sum 16",
    "size_count 2",
  ]);
  expect(station.output.status().dropped).toMatchObject({ negative_increment: 1 });
});

test("classic buckets are exact at their bounds", async () => {
  const station = new Station(2);
  station.send("wait:500|ms", "wait:500.0000001|ms", "wait:1000|ms|@0.25", "wait:-1|ms");
  expect(await station.samples()).toEqual([
    'wait_seconds_bucket{le="0.5"} 2',
    'wait_seconds_bucket{le="1.0"} 7',
    'wait_seconds_bucket{le="1e+06"} 7',
    'wait_seconds_bucket{le="+Inf"} 7',
    expect.stringMatching(/^wait_seconds_sum 4\.999/),
    "wait_seconds_count 7",
  ]);
});

test("quantiles forget what is older than the window, however often they are read", async () => {
  const station = new Station(0, { windowMs: 60_000, ageBuckets: 6, quantiles: [0.5] });
  station.send("wait:1000|h");
  expect(await station.samples()).toContainEqual(expect.stringMatching(/^wait{quantile="0.5"} (99|100)/));
  for (let seconds = 0; seconds < 50; seconds += 1) {
    station.nowMs += 1000;
    station.output.tick(station.nowMs);
    await station.samples();
  }
  expect(await station.samples()).not.toContain('wait{quantile="0.5"} NaN');
  station.nowMs += 30_000;
  station.output.tick(station.nowMs);
  expect(await station.samples()).toEqual(['wait{quantile="0.5"} NaN', "wait_sum 1000", "wait_count 1"]);
});

test("a set counts each interval anew", async () => {
  const station = new Station(0);
  station.send("users:ann|s", "users:bob|s");
  station.output.flush({ startSeconds: 0, endSeconds: 10 });
  station.send("users:bob|s");
  expect(await station.samples()).toEqual(["users 2"]);
  station.output.flush({ startSeconds: 10, endSeconds: 20 });
  expect(await station.samples()).toEqual(["users 1"]);
});

test("a set keeps its time to live when nothing arrives, although its cell is emptied each interval", async () => {
  const ttlMs = { counter: 0, gauge: 0, set: 60_000, histogram: 0 };
  const station = new Station(0, { ttlMs });
  station.send("users:ann|s");
  for (let interval = 0; interval < 7; interval += 1) {
    station.output.flush({ startSeconds: interval * 10, endSeconds: interval * 10 + 10 });
    station.nowMs += 10_000;
    station.output.tick(station.nowMs);
  }
  expect(await station.samples()).toEqual([]);
});

test("a trace of a sample is the exemplar of its series, in the unit that is shown", async () => {
  const station = new Station(2);
  station.send("wait:250|ms");
  const [definition] = station.shard.bound.values();
  expect(definition?.name).toBe("wait");
  const series = seriesOf("wait", "timer", [], { layout: 2 });
  const exemplar = { series, label: ["trace_id", "4bf9"] as const, value: 250, timeMs: START_MS };
  station.output.take([{ type: "exemplar", exemplar }]);
  const { pieces } = station.output.render("application/openmetrics-text;version=1.0.0", []);
  expect((await joined(pieces)).toString()).toContain(
    `wait_seconds_bucket{le="0.5"} 1 # {trace_id="4bf9"} 0.25 ${START_MS / 1000}\n`,
  );
  expect(await station.samples()).toContain('wait_seconds_bucket{le="0.5"} 1');
});
