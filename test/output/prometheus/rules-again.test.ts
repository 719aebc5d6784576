import { describe, expect, test } from "vitest";
import type { Series } from "../../../src/model/series.ts";
import { PLAIN } from "../../../src/model/treatment.ts";
import type { OnPrometheus, Treatment } from "../../../src/model/treatment.ts";
import { NO_CELL } from "../../../src/core/tally.ts";
import { Bench, LAYOUTS, seriesOf } from "../../support/prometheus.ts";

/** What a rule says that gives the name `x`. */
function rule(treatment: Partial<Treatment> = {}, more: Partial<OnPrometheus> = {}): OnPrometheus {
  const none = { rule: 0, isDropped: false, tags: undefined, labels: [], tagsWin: false };
  return { ...none, name: "x", treatment: { ...PLAIN, ...treatment }, ...more };
}

/** A series as rules see it that were read again `epoch` times. */
function bound(
  epoch: number,
  kind: Series["kind"],
  treatment: Partial<Treatment> = {},
  more: Partial<Series> = {},
): Series {
  return seriesOf("a", kind, [], { prometheus: rule(treatment), ...(epoch > 0 && { epoch }), ...more });
}

describe("rules that are read again, of a live series", () => {
  test("say anew how it is shown, and by those that came before nothing changes any more", async () => {
    const bench = new Bench();
    bench.send(bound(0, "histogram", { help: "one", quantiles: [0.5], ttlMs: 1_000 }), 1, 2);
    bench.send(bound(1, "histogram", { help: "two", quantiles: [1], ttlMs: 5_000 }), 3);
    bench.send(bound(0, "histogram", { help: "old", quantiles: [0], ttlMs: 1_000 }), 4);
    expect(await bench.page()).toContain('# HELP x two\n# TYPE x summary\nx{quantile="1.0"} 4\nx_sum 10\nx_count 4\n');
    bench.advance(3_000);
    expect(await bench.samples()).toHaveLength(3);
    bench.advance(3_000);
    expect(await bench.samples()).toEqual([]);
  });

  test("of two rules of one reading the first one holds", async () => {
    const bench = new Bench();
    bench.send(bound(1, "histogram", { quantiles: [0.5] }), 1);
    bench.send(bound(1, "histogram", { quantiles: [1] }), 2);
    expect(await bench.samples()).toEqual(['x{quantile="0.5"} 1', "x_sum 3", "x_count 2"]);
  });

  test.each([
    ["counter", [1], ["x 5"]],
    ["gauge", [5], ["x 15"]],
    ["histogram", [2], ['x{quantile="1.0"} 6', "x_sum 10", "x_count 2"]],
  ] as const)("scale otherwise what comes from then on, and leave what a %s has", async (kind, values, want) => {
    const bench = new Bench({ quantiles: [1] });
    bench.send(bound(0, kind, { scale: 2 }), ...values);
    bench.send(bound(1, kind, { scale: 3 }), ...values);
    expect(await bench.samples()).toEqual(want);
    bench.send(bound(2, kind, { scale: 2 }), 0);
    expect(bench.tally.keeping).toBe(1);
    expect(bench.output.status()).toMatchObject({ dropped: { layout_conflict: 0 }, notes: { series_restarted: 0 } });
  });

  test.each([
    ["a set", bound(0, "set", { scale: 1 }), bound(1, "set", { scale: 2 })],
    ["a counter from nothing", bound(0, "counter", { scale: 0 }), bound(1, "counter", { scale: 2 })],
    ["buckets", bound(0, "histogram", {}, { layout: 1 }), bound(1, "histogram", {}, { layout: LAYOUTS.length })],
  ])("begin %s anew, since nothing can go on", async (_what, before, after) => {
    const bench = new Bench();
    bench.output.addLayouts([{ digits: 2, bounds: [7], thresholds: [7] }]);
    const old = bench.send(before, 5, 6);
    bench.advance(1_000);
    bench.send(after, 4);
    const samples = await bench.samples();
    expect(samples).toEqual(
      after.kind === "histogram"
        ? ['x_bucket{le="7.0"} 1', 'x_bucket{le="+Inf"} 1', "x_sum 4", "x_count 1"]
        : [`x ${after.kind === "set" ? 2 : 8}`],
    );
    expect(bench.output.status()).toMatchObject({ dropped: { superseded: 0 }, notes: { series_restarted: 1 } });
    // A shard that has not heard of it yet.
    bench.tally.add(old, 1);
    expect(await bench.samples()).toEqual(samples);
    expect(bench.output.status().dropped).toMatchObject({ superseded: 1 });
    expect(bench.tally.cells.size).toBe(2);
    bench.output.unbind(old);
    expect(bench.tally.cells.size).toBe(1);
  });

  test("make a histogram of a summary at once, of all its series", async () => {
    const bench = new Bench({ quantiles: [1] });
    const labels = (epoch: number, who: string, layout: number): Series =>
      bound(epoch, "timer", {}, { layout, tags: [`who:${who}`] });
    const cells = ["a", "b"].map((who) => bench.send(labels(0, who, 0), 1_000));
    bench.send(labels(1, "a", 2), 2_000);
    expect(await bench.samples()).toEqual([
      'x_bucket{who="a",le="0.5"} 0',
      'x_bucket{who="a",le="1.0"} 0',
      'x_bucket{who="a",le="1e+06"} 1',
      'x_bucket{who="a",le="+Inf"} 1',
      'x_sum{who="a"} 2',
      'x_count{who="a"} 1',
    ]);
    // By the earlier rules nothing comes back.
    expect(bench.output.bind(labels(0, "b", 0))).toBe(NO_CELL);
    for (const cell of cells) bench.output.unbind(cell);
    expect([bench.tally.cells.size, bench.output.vacancies]).toEqual([1, 1]);
  });

  test("leave nothing to go on with to what was a summary, or had other buckets, before", async () => {
    const bench = new Bench({ quantiles: [], lifetime: { remainsMax: 10, stateFile: undefined } });
    for (const [epoch, layout] of [0, 1, 0, 1].entries()) bench.send(bound(epoch, "histogram", {}, { layout }), 1);
    expect((await bench.samples()).slice(-2)).toEqual(["x_sum 1", "x_count 1"]);
  });

  test("take no name from another type, nor from a family of another name", () => {
    const bench = new Bench();
    bench.send(bound(0, "gauge"), 1);
    expect(bench.output.bind(bound(1, "counter"))).toBe(NO_CELL);
    bench.send({ ...bound(0, "timer"), prometheus: rule({}, { name: "q_count" }) }, 1);
    expect(bench.output.bind({ ...bound(1, "timer"), prometheus: rule({}, { name: "q" }) })).toBe(NO_CELL);
    expect(bench.output.status().dropped).toMatchObject({ type_conflict: 2 });
  });

  test("of the same reading other buckets are refused, and nothing begins anew", () => {
    const bench = new Bench();
    bench.output.addLayouts([{ digits: 2, bounds: [7], thresholds: [7] }]);
    bench.send(bound(1, "histogram", {}, { layout: 1 }), 5);
    expect(bench.output.bind(bound(1, "histogram", {}, { layout: LAYOUTS.length }))).toBe(NO_CELL);
    expect(bench.output.bind(bound(0, "histogram", {}, { layout: LAYOUTS.length }))).toBe(NO_CELL);
    expect(bench.output.status()).toMatchObject({ dropped: { layout_conflict: 2 }, notes: { series_restarted: 0 } });
  });
});

test("what comes with many scales is added up, each by its own, and exemplars are seen by theirs", async () => {
  const bench = new Bench();
  const scaled = (scale: number): Series =>
    bound(0, "counter", {}, { prometheus: rule({ scale }, { name: "x_total" }) });
  for (const scale of [1, 0.5, 3]) bench.send(scaled(scale), 10);
  for (const scale of [1, 0.5, 3]) bench.send(scaled(scale), 10);
  expect(await bench.samples()).toEqual(["x_total 90"]);
  for (const scale of [0, 1e-308]) {
    const other = { ...rule({ scale }), name: `s${scale}` };
    bench.send(bound(0, "gauge", {}, { prometheus: other }), 1);
    const huge = { ...other, treatment: { ...PLAIN, scale: 1e308 } };
    expect(bench.output.bind(bound(0, "gauge", {}, { prometheus: huge }))).toBe(NO_CELL);
  }
  const exemplar = { series: scaled(3), label: ["trace_id", "t"], value: 2, timeMs: bench.nowMs } as const;
  bench.output.take([{ type: "exemplar", exemplar }]);
  expect(await bench.page([], "application/openmetrics-text;version=1.0.0")).toContain('# {trace_id="t"} 6 ');
});

test("cells that pass on go with their row", () => {
  const bench = new Bench({ naming: "exact", ttlMs: { counter: 0, gauge: 0, set: 0, histogram: 1_000 } });
  const cells = (["timer", "histogram"] as const).map((kind) => bench.send(seriesOf("x", kind), 1));
  expect(bench.tally.cells.size).toBe(2);
  for (const cell of cells) bench.output.unbind(cell);
  bench.advance(2_000);
  expect([bench.tally.cells.size, bench.output.status().series.histogram]).toEqual([0, 0]);
});
