import fc from "fast-check";
import { expect, test } from "vitest";
import { parseExposition } from "../../support/exposition.ts";
import { hostileSeries, sendHostile } from "../../support/hostile-series.ts";
import { Bench, seriesOf } from "../../support/prometheus.ts";

const options = fc.record({
  naming: fc.constantFrom("conventional" as const, "exact" as const),
  valuelessTags: fc.constantFrom("true" as const, "drop" as const),
  lastSeen: fc.constantFrom("off" as const, "gauges" as const, "all" as const),
  seriesMax: fc.constantFrom(3, 1000),
});

test("the page is valid for every input", async () => {
  await fc.assert(
    fc.asyncProperty(options, fc.array(hostileSeries, { maxLength: 30 }), async (chosen, inputs) => {
      const bench = new Bench(chosen);
      for (const input of inputs) sendHostile(bench, input);
      const families = parseExposition(await bench.bytes());
      const { dropped, series } = bench.output.status();
      const shown = [...families.values()].reduce((sum, { samples }) => sum + samples.length, 0);
      expect(shown).toBeGreaterThanOrEqual(bench.tally.keeping);
      expect(Object.values(series).reduce((sum, count) => sum + count, 0)).toBe(bench.tally.keeping);
      if (inputs.every(({ name }) => name !== "")) expect(dropped["empty_name"]).toBe(0);
    }),
    { numRuns: 2000 },
  );
}, 60_000);

test("what a page shows does not depend on the order of tags or of bindings of one type", async () => {
  const one = new Bench();
  const other = new Bench();
  for (const value of [1, 2]) {
    one.send(seriesOf("c", "counter", [`a:${value}`, "b:1", "b.:2"]), value);
    other.send(seriesOf("c", "counter", ["b.:2", "b:1", `a:${3 - value}`]), 3 - value);
  }
  expect((await one.samples()).sort()).toEqual((await other.samples()).sort());
});
