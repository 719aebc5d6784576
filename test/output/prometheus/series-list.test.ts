import { expect, test } from "vitest";
import { PLAIN } from "../../../src/model/treatment.ts";
import { SeriesList } from "../../../src/output/prometheus/series-list.ts";
import { Bench, seriesOf } from "../../support/prometheus.ts";

/** The histogram of the one series that there is. */
async function histogramOf(bench: Bench): Promise<object> {
  const { output, nowMs } = bench;
  const { view, tally } = output;
  const list = new SeriesList({ view, tally, windowMs: 60_000, nowMs: () => nowMs, pause: async () => {} });
  const found = await list.list([], 10);
  if ("problem" in found) throw new Error(found.problem);
  return list.histogram(found.series[0]?.id ?? "") ?? {};
}

test("a histogram tells how its values are shown: in seconds by any naming, and scaled", async () => {
  const exact = new Bench({ naming: "exact" });
  exact.send(seriesOf("x", "timer"), 1_500);
  expect(await histogramOf(exact)).toMatchObject({ name: "x", sum: 1_500, divisor: 1_000, scale: 1 });
  const scaled = new Bench();
  const treatment = { ...PLAIN, scale: 1_000 };
  const rule = { rule: 0, isDropped: false, name: "ms", tags: undefined, labels: [], tagsWin: false, treatment };
  scaled.send(seriesOf("x", "timer", [], { prometheus: rule }), 1_500);
  expect(await histogramOf(scaled)).toMatchObject({ name: "ms", sum: 1_500, divisor: 1_000, scale: 1_000 });
});

test("values of two units are in that of the first one", async () => {
  const bench = new Bench({ naming: "exact" });
  bench.send(seriesOf("x", "timer"), 1_500);
  bench.send(seriesOf("x", "histogram"), 2);
  expect(await histogramOf(bench)).toMatchObject({
    count: 2,
    sum: 3_500,
    divisor: 1_000,
    buckets: [
      [1_500, 1_500, 1],
      [2_000, 2_000, 1],
    ],
  });
});
