import { expect, test } from "vitest";
import { createTally, NO_CELL } from "../../src/core/tally.ts";
import type { Layout } from "../../src/model/layout.ts";

const LAYOUTS: readonly Layout[] = [
  { digits: 2, bounds: [], thresholds: [] },
  { digits: 2, bounds: [1, 10], thresholds: [1, 10] },
];

/** A tally whose one series was fed by lines. */
function fed(lines: readonly string[], layout = 0, windowed = false) {
  let cell = NO_CELL;
  const ages = windowed ? { ages: 5, ageMs: 1_000 } : {};
  const tally = createTally(
    { layouts: LAYOUTS, ...ages },
    {
      bind: (kind) =>
        (cell = tally.cellFor(
          (["counter", "gauge", "set", "histogram"] as const)[kind] ?? "timer",
          Buffer.from("k"),
          layout,
        )),
      special: () => 0,
      reject: () => undefined,
    },
  );
  tally.setClock(1_000_000);
  for (const line of lines) {
    const bytes = Buffer.from(line);
    tally.heap.set(bytes, tally.inputOffset);
    tally.ingest(tally.inputOffset, bytes.length);
  }
  return { tally, cell };
}

/** A cell of another tally that continues where the first one stands. */
function continued(from: ReturnType<typeof fed>, kind: "counter" | "gauge" | "histogram", layout = 0) {
  const tally = createTally({ layouts: LAYOUTS });
  const cell = tally.allocate(kind, layout);
  const source = tally.source();
  source.map(from.cell, cell);
  source.merge(from.tally.copy(from.cell));
  return { tally, cell };
}

test("a copy of a counter continues both sums, and the counter stays as it was", () => {
  const from = fed(["a:5|c", "a:2.5|c", "a:-1|c"]);
  const { tally, cell } = continued(from, "counter");
  expect([tally.counterPositive(cell), tally.counterNegative(cell)]).toEqual([7.5, -1]);
  expect(from.tally.counterSum(from.cell)).toBe(6.5);
});

test("a copy of a gauge continues its value, and steps go on from there", () => {
  const from = fed(["a:5|g", "a:+3|g"]);
  const { tally, cell } = continued(from, "gauge");
  expect(tally.gauge(cell)).toBe(8);
  expect(from.tally.gauge(from.cell)).toBe(8);
});

test("a copy of a histogram continues count, sum, extremes, counts per bound and values", () => {
  const from = fed(
    [...Array(50).keys()].map((value) => `a:${value}|h`),
    1,
  );
  const { tally, cell } = continued(from, "histogram", 1);
  const bounds = new Float64Array(2);
  tally.boundCounts(cell, bounds);
  expect([tally.count(cell), tally.sum(cell), tally.min(cell), tally.max(cell), ...bounds]).toEqual([
    50, 1225, 0, 49, 2, 11,
  ]);
  expect(tally.quantile(cell, 0.5)).toBe(from.tally.quantile(from.cell, 0.5));
  expect(from.tally.count(from.cell)).toBe(50);
});

test("a copy of a windowed histogram leaves the window's values out", () => {
  const from = fed(["a:1|h", "a:2|h"], 0, true);
  const { tally, cell } = continued(from, "histogram");
  expect([tally.count(cell), tally.sum(cell), tally.quantile(cell, 0.5)]).toEqual([2, 3, NaN]);
});

test("a set has no copy, because its members are hashed with a secret of this process", () => {
  const from = fed(["a:x|s"]);
  expect(from.tally.copy(from.cell)).toHaveLength(0);
});
