import fc from "fast-check";
import { expect, test } from "vitest";
import { KINDS } from "../../../src/model/kind.ts";
import type { Kind } from "../../../src/model/kind.ts";
import type { Series } from "../../../src/model/series.ts";
import { parseExposition } from "../../support/exposition.ts";
import { Bench, seriesOf } from "../../support/prometheus.ts";

/** Few different parts, so that names collide in every way that suffixes, escapes and types allow. */
const NAME_PARTS = ["x", "x", "_", ".", "-", "--", "_total", "_sum", "_count", "_bucket", "_created", "_seconds", "_gauge", "_counter",
  "_summary", "_timer_summary", "process_", "tallyd_", "up", "9", ":", "é", "😱", "\n", '"', "\\", "{", " ", "\0", "\ud800"];
const TAG_PARTS = ["a", "b", ":", ":", ".", "-", "_", "__", "le", "quantile", "job", "instance", "exported_", "overflow:true", "__name__", "host",
  "1", "é", "😱", "\n", "\r", '"', "\\", "\ud800", "}", ",", "=", "\0", " "];

const text = (parts: readonly string[], max: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...parts), { maxLength: max }).map((chosen) => chosen.join(""));
const values = fc.array(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -5, max: 5 })), { maxLength: 4 });
const sent = fc.record({
  name: fc.oneof(text(NAME_PARTS, 4), fc.string({ unit: "binary", maxLength: 6 })),
  kind: fc.constantFrom<Kind>(...KINDS.map(({ kind }) => kind)),
  tags: fc.array(fc.oneof(text(TAG_PARTS, 5), fc.string({ unit: "binary", maxLength: 6 })), { maxLength: 5 }),
  host: fc.option(text(TAG_PARTS, 2), { nil: undefined }),
  bounds: fc.boolean(),
  values,
  weight: fc.constantFrom(1, 1 / 0.3, 1 / 0.7),
});
const options = fc.record({
  naming: fc.constantFrom("conventional" as const, "exact" as const),
  valuelessTags: fc.constantFrom("true" as const, "drop" as const),
  seriesMax: fc.constantFrom(3, 1000),
});

function layoutOf(kind: Kind, bounds: boolean): number {
  if (!bounds) return 0;
  return kind === "timer" ? 2 : 1;
}

test("the page is valid for every input", async () => {
  await fc.assert(
    fc.asyncProperty(options, fc.array(sent, { maxLength: 30 }), async (chosen, inputs) => {
      const bench = new Bench(chosen);
      for (const { name, kind, tags, host, bounds, values: numbers, weight } of inputs) {
        const series: Series = seriesOf(name, kind, tags, { host, layout: layoutOf(kind, bounds) });
        const cell = bench.output.bind(series);
        if (bench.tally.cells.has(cell)) for (const value of numbers) bench.tally.add(cell, value, weight);
      }
      const families = parseExposition(await bench.bytes());
      const { dropped, series } = bench.output.status();
      const shown = [...families.values()].reduce((sum, { samples }) => sum + samples.length, 0);
      expect(shown).toBeGreaterThanOrEqual(bench.tally.cells.size);
      expect(Object.values(series).reduce((sum, count) => sum + count, 0)).toBe(bench.tally.cells.size);
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
