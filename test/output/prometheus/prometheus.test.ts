import { describe, expect, test } from "vitest";
import { NO_CELL } from "../../../src/core/tally.ts";
import type { Kind } from "../../../src/model/kind.ts";
import type { Naming } from "../../../src/output/prometheus/options.ts";
import { Bench, LAYOUTS, seriesOf } from "../../support/prometheus.ts";

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;

describe("a series is called", () => {
  test.each<[naming: Naming, name: string, kind: Kind, line: string]>([
    ["conventional", "hits", "counter", "hits_total 1"],
    ["conventional", "hits.total", "counter", "hits_total 1"],
    ["conventional", ".total", "counter", "_total_total 1"],
    ["conventional", "depth", "gauge", "depth 1"],
    ["conventional", "wait", "timer", "wait_seconds_sum 0.001"],
    ["conventional", "wait_seconds", "timer", "wait_seconds_sum 0.001"],
    ["conventional", "size", "histogram", "size_sum 1"],
    ["conventional", "size", "distribution", "size_sum 1"],
    ["exact", "hits", "counter", "hits 1"],
    ["exact", "wait", "timer", "wait_sum 0.001"],
    ["exact", "size", "histogram", "size_sum 1"],
    ["conventional", "process.cpu", "counter", "statsd_process_cpu_total 1"],
    ["exact", "tallyd.lines", "gauge", "statsd_tallyd_lines 1"],
    ["exact", "up", "gauge", "statsd_up 1"],
    ["exact", "uptime", "gauge", "uptime 1"],
  ])("with %s naming: %s, a %s, is %s", async (naming, name, kind, line) => {
    const bench = new Bench({ naming });
    bench.send(seriesOf(name, kind), 1);
    expect(await bench.samples()).toContain(line);
  });
});

test("a counter shows what it went up by, and what it was asked to go down by is counted", async () => {
  const bench = new Bench();
  bench.send(seriesOf("c", "counter"), 5, -2, 0.5);
  bench.advance(SECOND_MS);
  expect(await bench.samples()).toEqual(["c_total 5.5"]);
  expect(bench.output.status().dropped).toMatchObject({ negative_increment: 2 });
});

test("what counters refused stays counted after they are forgotten", () => {
  const bench = new Bench();
  bench.output.unbind(bench.send(seriesOf("c", "counter"), -2));
  bench.advance(SECOND_MS);
  for (let day = 0; day < 3; day += 1) bench.advance(24 * HOUR_MS);
  bench.send(seriesOf("d", "counter"), -3);
  bench.advance(SECOND_MS);
  expect(bench.output.status()).toMatchObject({ dropped: { negative_increment: 5 }, series: { counter: 1 } });
});

test("a timer without bounds is a summary in seconds", async () => {
  const bench = new Bench();
  bench.send(seriesOf("t", "timer", ["a:1"]), 100, 200, 3000);
  expect(await bench.page()).toBe(
    `# HELP t_seconds Timer received over StatsD, in seconds; quantiles of a sliding window.
# TYPE t_seconds summary
t_seconds{a="1",quantile="0.5"} 0.2
t_seconds{a="1",quantile="0.9"} 3
t_seconds{a="1",quantile="0.99"} 3
t_seconds_sum{a="1"} 3.3
t_seconds_count{a="1"} 3
`,
  );
});

test("a timer with bounds is a histogram in seconds, whose bounds are inclusive", async () => {
  const bench = new Bench();
  bench.send(seriesOf("t", "timer", [], { layout: 2 }), 500, 501, 5000);
  expect(await bench.samples()).toEqual([
    't_seconds_bucket{le="0.5"} 1',
    't_seconds_bucket{le="1.0"} 2',
    't_seconds_bucket{le="1e+06"} 3',
    't_seconds_bucket{le="+Inf"} 3',
    "t_seconds_sum 6.001",
    "t_seconds_count 3",
  ]);
});

test("fractional weights show as whole counts that never fall and agree with the count", async () => {
  const bench = new Bench();
  const cell = bench.send(seriesOf("h", "histogram", [], { layout: 1 }));
  bench.tally.add(cell, 0.1, 1 / 0.3);
  bench.tally.add(cell, 0.7, 1 / 0.3);
  expect(await bench.samples()).toEqual([
    'h_bucket{le="0.5"} 3',
    'h_bucket{le="1.0"} 7',
    'h_bucket{le="1e+06"} 7',
    'h_bucket{le="+Inf"} 7',
    expect.stringMatching(/^h_sum 2\.66/),
    "h_count 7",
  ]);
});

test("quantiles of an empty window are NaN, while sum and count stay", async () => {
  const bench = new Bench({ quantiles: [0.5] });
  bench.send(seriesOf("h", "histogram"));
  expect(await bench.samples()).toEqual(['h{quantile="0.5"} NaN', "h_sum 0", "h_count 0"]);
});

test("the tally's window is what the options say", () => {
  expect(new Bench({ windowMs: 60_000, ageBuckets: 6 }).tally.options).toMatchObject({ ages: 6, ageMs: 10_000 });
});

describe("a set", () => {
  test("shows the current interval until one is complete, then the last complete one", async () => {
    const bench = new Bench();
    const cell = bench.send(seriesOf("users", "set"), "ann", "bob", "ann");
    expect(await bench.samples()).toEqual(["users 2"]);
    bench.output.flush({ startSeconds: 0, endSeconds: 10 });
    bench.tally.add(cell, "cy");
    expect(await bench.samples()).toEqual(["users 2"]);
    bench.output.flush({ startSeconds: 10, endSeconds: 20 });
    expect(await bench.samples()).toEqual(["users 1"]);
    bench.output.flush({ startSeconds: 20, endSeconds: 30 });
    expect(await bench.samples()).toEqual(["users 0"]);
  });

  test("that takes the row of a forgotten one does not show its number", async () => {
    const bench = new Bench();
    bench.output.unbind(bench.send(seriesOf("old", "set"), "ann", "bob"));
    bench.output.flush({ startSeconds: 0, endSeconds: 10 });
    bench.advance(HOUR_MS);
    bench.send(seriesOf("new", "set"), "cy");
    expect(await bench.samples()).toEqual(["new 1"]);
  });
});

describe("names that become equal", () => {
  test("share a cell where type and labels are the same, and are counted", async () => {
    const bench = new Bench();
    const cells = ["a.b", "a_b", "a-b"].map((name) => bench.send(seriesOf(name, "counter", ["x:1"]), 1));
    expect(new Set(cells).size).toBe(1);
    expect(await bench.samples()).toEqual(['a_b_total{x="1"} 3']);
    expect(bench.output.status().notes).toMatchObject({ series_merged: 2 });
  });

  test("are no merge when it is the same series from another shard", () => {
    const bench = new Bench();
    expect(bench.output.bind(seriesOf("a", "counter"))).toBe(bench.output.bind(seriesOf("a", "counter")));
    expect(bench.output.status().notes).toMatchObject({ series_merged: 0 });
  });
});

describe("a name that another type holds", () => {
  test.each<[first: [string, Kind], second: [string, Kind], shown: string]>([
    [["x", "counter"], ["x", "gauge"], "x_gauge 2"],
    [["x", "gauge"], ["x", "counter"], "x_counter_total 2"],
    [["x", "gauge"], ["x", "set"], "x_set 1"],
    [["x", "set"], ["x", "gauge"], "x_gauge 2"],
    [["x", "histogram"], ["x", "gauge"], "x_gauge 2"],
    [["x", "histogram"], ["x.count", "gauge"], "x_count_gauge 2"],
    [["x.sum", "gauge"], ["x", "histogram"], "x_histogram_sum 2"],
    [["x", "histogram"], ["x_count", "histogram"], "x_count_histogram_sum 2"],
    [["x.seconds", "histogram"], ["x", "timer"], "x_timer_seconds_sum 0.002"],
    [["x", "gauge"], ["x", "distribution"], "x_distribution_sum 2"],
    [["x_created", "gauge"], ["x", "counter"], "x_counter_total 2"],
  ])("conventional: after %j, %j is shown as %s", async (first, second, shown) => {
    const bench = new Bench();
    bench.send(seriesOf(...first), 1);
    bench.send(seriesOf(...second), 2);
    expect(await bench.samples()).toContain(shown);
    expect(bench.output.status().notes).toMatchObject({ families_renamed: 1 });
    expect(bench.output.status().conflicts).toHaveLength(1);
  });

  test.each<[first: [string, Kind], second: [string, Kind]]>([
    [
      ["x", "counter"],
      ["x", "timer"],
    ],
    [
      ["x", "timer"],
      ["x_count", "counter"],
    ],
    [
      ["x", "timer"],
      ["x_sum", "gauge"],
    ],
    [
      ["x_count", "counter"],
      ["x", "timer"],
    ],
    [
      ["q", "timer"],
      ["q_count", "timer"],
    ],
  ])("exact: after %j, %j is refused", async (first, second) => {
    const bench = new Bench({ naming: "exact" });
    bench.send(seriesOf(...first), 1);
    expect(bench.output.bind(seriesOf(...second))).toBe(NO_CELL);
    expect(bench.output.status().dropped).toMatchObject({ type_conflict: 1 });
    expect(bench.output.status().conflicts).toMatchObject([{ kind: second[1], action: "refused" }]);
  });

  test("exact: a timer and a histogram of one name are one series, in seconds", async () => {
    const bench = new Bench({ naming: "exact", quantiles: [1] });
    bench.send(seriesOf("x", "histogram"), 1);
    bench.send(seriesOf("x", "timer"), 500, 2500);
    expect(await bench.samples()).toEqual(['x{quantile="1.0"} 2.5', "x_sum 4", "x_count 3"]);
    expect(bench.output.status().dropped).toMatchObject({ type_conflict: 0, layout_conflict: 0 });
  });

  test.each<[naming: Naming, first: [string, Kind], second: [string, Kind]]>([
    ["exact", ["queue", "gauge"], ["queue_count", "counter"]],
    ["conventional", ["queue", "gauge"], ["queue_count", "counter"]],
    ["exact", ["x", "histogram"], ["x_bucket", "counter"]],
    ["exact", ["q", "counter"], ["q_count", "counter"]],
    ["exact", ["x", "gauge"], ["x_total", "counter"]],
    ["conventional", ["x", "histogram"], ["x", "timer"]],
  ])("%s: %j and %j do not clash", (naming, first, second) => {
    const bench = new Bench({ naming });
    bench.send(seriesOf(...first), 1);
    expect(bench.send(seriesOf(...second), 1)).not.toBe(NO_CELL);
    const { dropped, notes } = bench.output.status();
    expect([dropped["type_conflict"], notes["families_renamed"]]).toEqual([0, 0]);
  });

  test("goes to the one family that was made for it, however many series it has", async () => {
    const bench = new Bench();
    bench.send(seriesOf("x", "counter"), 1);
    bench.send(seriesOf("x", "gauge", ["a:1"]), 1);
    bench.send(seriesOf("x", "gauge", ["a:2"]), 2);
    expect(await bench.samples()).toEqual(["x_total 1", 'x_gauge{a="1"} 1', 'x_gauge{a="2"} 2']);
    expect(bench.output.status().notes).toMatchObject({ families_renamed: 1 });
  });

  test("is never mixed with a series that has the other name by right", async () => {
    const bench = new Bench();
    bench.send(seriesOf("x", "counter"), 1);
    bench.send(seriesOf("x", "gauge"), 2);
    bench.send(seriesOf("x.gauge", "gauge"), 3);
    expect(await bench.samples()).toEqual(["x_total 1", "x_gauge 2", "x_gauge_gauge 3"]);
  });

  test("is refused when the other name is taken too", () => {
    const bench = new Bench();
    bench.send(seriesOf("x.gauge", "gauge"), 3);
    bench.send(seriesOf("x", "counter"), 1);
    expect(bench.output.bind(seriesOf("x", "gauge"))).toBe(NO_CELL);
  });

  test("is free again when the last series of the other type is forgotten", async () => {
    const bench = new Bench();
    bench.output.unbind(bench.send(seriesOf("x", "gauge"), 1));
    bench.advance(HOUR_MS);
    bench.send(seriesOf("x", "histogram"), 2);
    expect(await bench.samples()).toContain("x_sum 2");
  });
});

describe("the list of conflicts", () => {
  test("keeps the newest few, once each, and cuts long names", () => {
    const bench = new Bench();
    for (let index = 0; index < 50; index += 1) {
      bench.send(seriesOf(`x${index}`, "counter"), 1);
      bench.send(seriesOf(`x${index}`, "gauge"), 1);
    }
    bench.send(seriesOf("y".repeat(5000), "counter"), 1);
    bench.send(seriesOf("y".repeat(5000), "gauge"), 1);
    const conflicts = bench.output.status().conflicts ?? [];
    expect(conflicts).toHaveLength(20);
    expect(conflicts[0]?.name).toHaveLength(200);
    expect(conflicts[1]).toEqual({
      name: "x49",
      kind: "gauge",
      holder: "counter x49_total",
      action: "shown as x49_gauge",
    });
  });
});

describe("the time to live", () => {
  const ttlMs = { counter: 1000, gauge: 1000, set: 1000, histogram: 1000 };

  test("hides a series that a shard still holds, and shows it again with all it had", async () => {
    const bench = new Bench({ ttlMs });
    const cell = bench.send(seriesOf("c", "counter"), 5);
    bench.advance(1000);
    expect(await bench.samples()).toEqual(["c_total 5"]);
    bench.advance(1);
    expect(await bench.page()).toBe("");
    bench.tally.add(cell, 2);
    expect(await bench.samples()).toEqual(["c_total 7"]);
  });

  test("keeps a series that no shard holds until its time is over, so that it goes on when it comes back", async () => {
    const bench = new Bench({ ttlMs });
    bench.output.unbind(bench.send(seriesOf("c", "counter"), 5));
    bench.advance(900);
    bench.send(seriesOf("c", "counter"), 2);
    expect(await bench.samples()).toEqual(["c_total 7"]);
  });

  test("frees a series once it is over and no shard holds it", () => {
    const bench = new Bench({ ttlMs });
    const cell = bench.send(seriesOf("c", "counter"), 5);
    bench.output.bind(seriesOf("c", "counter"));
    bench.output.unbind(cell);
    bench.advance(1001);
    expect(bench.tally.cells.size).toBe(1);
    bench.output.unbind(cell);
    bench.advance(1);
    expect(bench.tally.cells.size).toBe(0);
    expect(bench.output.status()).toMatchObject({ series: { counter: 0 }, notes: { series_expired: 1 } });
  });

  test("of 0 is for ever", async () => {
    const bench = new Bench({ ttlMs: { ...ttlMs, counter: 0 } });
    bench.output.unbind(bench.send(seriesOf("c", "counter"), 5));
    bench.advance(1000 * HOUR_MS);
    expect(await bench.samples()).toEqual(["c_total 5"]);
  });

  test("is not confused by a clock that is set back", async () => {
    const bench = new Bench({ ttlMs });
    bench.advance(HOUR_MS);
    bench.send(seriesOf("c", "counter"), 5);
    bench.advance(-HOUR_MS);
    expect(await bench.samples()).toEqual(["c_total 5"]);
  });
});

describe("the series limit", () => {
  test("folds further series into the overflow series of their name, so that totals stay right", async () => {
    const bench = new Bench({ seriesMax: 2 });
    for (const user of [1, 2, 3, 4]) bench.send(seriesOf("c", "counter", [`user:${user}`]), 1);
    expect(await bench.samples()).toEqual(['c_total{user="1"} 1', 'c_total{user="2"} 1', 'c_total{overflow="true"} 2']);
    expect(bench.output.status().notes).toMatchObject({ series_overflowed: 2 });
  });

  test("does not touch series that exist", () => {
    const bench = new Bench({ seriesMax: 1 });
    const cell = bench.output.bind(seriesOf("c", "counter"));
    bench.output.bind(seriesOf("d", "counter"));
    expect(bench.output.bind(seriesOf("c", "counter"))).toBe(cell);
  });

  test("holds against endless names too", () => {
    const bench = new Bench({ seriesMax: 10 });
    for (let index = 0; index < 5000; index += 1) bench.output.bind(seriesOf(`n${index}`, "counter"));
    expect(bench.tally.cells.size).toBe(1010);
    expect(bench.output.status().dropped).toMatchObject({ series_limit: 3990 });
    expect(bench.output.status().detail).toContain("1010 series in 1010 families");
  });
});

test("series with other bounds are refused, because they cannot be added up", () => {
  const bench = new Bench();
  const other = LAYOUTS.length;
  bench.output.addLayouts([{ digits: 2, bounds: [7], thresholds: [7] }]);
  bench.send(seriesOf("a.b", "histogram", [], { layout: 1 }), 1);
  expect(bench.output.bind(seriesOf("a_b", "histogram", [], { layout: other }))).toBe(NO_CELL);
  expect(bench.output.status().dropped).toMatchObject({ layout_conflict: 1 });
});

test("series of one name that ask for different windows of quantiles are added up", () => {
  const window = { ages: 3, ageMs: 10_000 };
  const bench = new Bench({ layouts: [...LAYOUTS, { digits: 2, bounds: [], thresholds: [], window }] });
  const cell = bench.output.bind(seriesOf("a.b", "histogram", [], { layout: 0 }));
  expect(bench.output.bind(seriesOf("a_b", "histogram", [], { layout: LAYOUTS.length }))).toBe(cell);
  expect(bench.output.status().dropped).toMatchObject({ layout_conflict: 0 });
  bench.output.bind(seriesOf("c", "histogram", [], { layout: LAYOUTS.length }));
  const { view } = bench.output;
  const windows = view.families().map((family) => view.ownWindowMsOf(view.rowsOf(family)[0] as number));
  // That of the first one holds.
  expect(windows).toEqual([undefined, 30_000]);
});

test("a series for which there is no memory is refused and leaves nothing behind", () => {
  const bench = new Bench();
  bench.tally.allocate = () => NO_CELL;
  expect(bench.output.bind(seriesOf("a", "counter"))).toBe(NO_CELL);
  expect(bench.output.status()).toMatchObject({
    dropped: { memory: 1 },
    detail: "0 series in 0 families, 0 scrapes served",
  });
});

test("giving back a cell that was not given out is a bug", () => {
  const bench = new Bench();
  const cell = bench.output.bind(seriesOf("a", "counter"));
  bench.output.unbind(cell);
  expect(() => bench.output.unbind(cell)).toThrow("given back");
  expect(() => bench.output.unbind(12345)).toThrow("given back");
});

test("events, service checks and timestamped samples are counted as not shown", () => {
  const bench = new Bench();
  const sample = { name: "a", tags: [], host: undefined, kind: "counter" as const, values: [1], timestamp: 1 };
  bench.output.take([
    { type: "timestamped", sample },
    { type: "timestamped", sample },
  ]);
  expect(bench.output.status().dropped).toMatchObject({ late: 2, event: 0, service_check: 0 });
});

test("with timestamped: now, samples with a time of their own count as of now, and their series go when they are idle", async () => {
  const bench = new Bench({ timestamped: "now" });
  const of = (kind: "counter" | "gauge", values: number[]) => ({
    type: "timestamped" as const,
    sample: { name: `a.${kind}`, tags: ["k:v"], host: undefined, kind, values, timestamp: 1 },
  });
  bench.output.take([of("counter", [1, 2]), of("gauge", [5, 7]), of("counter", [4])]);
  const page = await bench.page();
  expect(page).toContain('a_counter_total{k="v"} 7\n');
  expect(page).toContain('a_gauge{k="v"} 7\n');
  expect(bench.output.status().dropped).toMatchObject({ late: 0 });
  bench.nowMs += 25 * 3_600_000;
  bench.output.tick(bench.nowMs);
  expect(bench.output.status().detail).toContain("0 series in 0 families");
});
