import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTally, NO_CELL } from "../../src/core/tally.ts";
import type { Tally } from "../../src/core/tally.ts";
import { KINDS } from "../../src/model/kind.ts";
import type { Layout } from "../../src/model/layout.ts";

/** No bounds; bounds in seconds; the same ones for what comes in milliseconds. */
const LAYOUTS: readonly Layout[] = [
  { digits: 2, bounds: [], thresholds: [] },
  { digits: 2, bounds: [0.5, 1, 5], thresholds: [0.5, 1, 5] },
  { digits: 2, bounds: [0.5, 1, 5], thresholds: [500, 1_000, 5_000] },
];
const QUANTILES = [0, 0.1, 0.5, 0.9, 0.99, 1];

/** Samples of one series, `value|type|@rate`, sent to a shard whose delta is merged into a cell. */
function feed(tally: Tally, cell: number, layout: number, samples: readonly string[], layouts = LAYOUTS): void {
  const shard = createTally(
    { layouts },
    {
      bind: (code) => shard.cellFor(KINDS[code]?.kind ?? "timer", Buffer.from(String(code)), layout),
      special: () => 0,
      reject: () => undefined,
    },
  );
  shard.setClock(1_000_000);
  for (let at = 0; at < samples.length; at += 500) {
    const lines = samples.slice(at, at + 500).map((sample) => `x:${sample}`);
    const bytes = Buffer.from(lines.join("\n"));
    shard.heap.set(bytes, shard.inputOffset);
    shard.ingest(shard.inputOffset, bytes.length);
  }
  const source = tally.source();
  // The first cell of a kind has the kind as its number.
  source.map(cell & 3, cell);
  for (let part = shard.drain(1 << 16); part.length > 0; part = shard.drain(1 << 16)) source.merge(part);
  source.close();
}

function output(): Tally {
  const tally = createTally({ layouts: LAYOUTS });
  tally.setClock(2_000_000);
  return tally;
}

/** A cell, and one that passes on to it. */
function pair(tally: Tally, kind: "counter" | "gauge" | "histogram", layouts: [number, number], times = 1, by = 1) {
  const [main, side] = layouts.map((layout) => tally.allocate(kind, layout)) as [number, number];
  tally.redirect(side, main, times, by);
  return { main, side };
}

describe("a redirected cell passes on", () => {
  test("counters and gauges, scaled, with their steps", () => {
    const tally = output();
    const counter = pair(tally, "counter", [0, 0], 3, 2);
    feed(tally, counter.main, 0, ["1|c"]);
    feed(tally, counter.side, 0, ["4|c", "-2|c"]);
    expect([tally.counterPositive(counter.main), tally.counterNegative(counter.main)]).toEqual([7, -3]);
    const gauge = pair(tally, "gauge", [0, 0], 1, 1_000);
    feed(tally, gauge.main, 0, ["1|g"]);
    tally.setClock(2_000_001);
    feed(tally, gauge.side, 0, ["+500|g"]);
    expect(tally.gauge(gauge.main)).toBe(1.5);
  });

  test("milliseconds to seconds: counts, sums and counts per bound are exact, and when it was fed is known", () => {
    const tally = output();
    const { main, side } = pair(tally, "histogram", [1, 2], 1, 1_000);
    feed(tally, main, 1, ["0.5|h", "7|h|@0.25"]);
    tally.setClock(2_000_500);
    feed(tally, side, 2, ["500|ms", "500.1|ms", "5000|ms|@0.5", "9000|ms"]);
    const bounds = new Float64Array(3);
    tally.boundCounts(main, bounds);
    expect([...bounds]).toEqual([2, 3, 5]);
    expect([tally.count(main), tally.min(main), tally.max(main)]).toEqual([10, 0.5, 9]);
    expect(tally.sum(main)).toBeCloseTo(0.5 + 28 + 0.5 + 0.5001 + 10 + 9, 12);
    expect([tally.touchedMs(main), tally.samples(side)]).toEqual([2_000_500, 0]);
  });

  test("through other redirected cells", () => {
    const tally = output();
    const { main, side } = pair(tally, "counter", [0, 0], 10, 1);
    const first = tally.allocate("counter", 0);
    tally.redirect(first, side, 1, 5);
    feed(tally, first, 0, ["1|c"]);
    expect(tally.counterSum(main)).toBe(2);
  });

  test("to nobody, and that is counted", () => {
    const tally = output();
    for (const kind of ["counter", "set", "histogram"] as const) {
      const cell = tally.allocate(kind, 0);
      const sample = { counter: "1|c", set: "a|s", histogram: "1|h" }[kind];
      feed(tally, cell, 0, [sample]);
      tally.redirect(cell, NO_CELL);
      feed(tally, cell, 0, [sample, sample]);
      tally.release(cell);
    }
    expect(tally.samplesLost).toBe(6);
    const again = tally.allocate("counter", 0);
    feed(tally, again, 0, ["5|c"]);
    expect([tally.counterSum(again), tally.samplesLost]).toEqual([5, 6]);
  });

  test("what is too small to zero, what is too large to the largest number, and from the other end", () => {
    const tally = output();
    const tiny = pair(tally, "histogram", [0, 0], 1e-200, 1);
    const many = Array.from({ length: 100 }, (_, at) => `${at + 1}e-200|h`);
    feed(tally, tiny.side, 0, many);
    expect([tally.count(tiny.main), tally.quantile(tiny.main, 0.5), tally.max(tiny.main)]).toEqual([100, 0, 0]);
    const huge = pair(tally, "histogram", [0, 0], 1e300, 1);
    feed(tally, huge.side, 0, ["1e300|h"]);
    expect([tally.sum(huge.main), tally.quantile(huge.main, 1)]).toEqual([Number.MAX_VALUE, Number.MAX_VALUE]);
    const negative = pair(tally, "histogram", [0, 0], -2, 1);
    feed(tally, negative.side, 0, ["1|h", "3|h"]);
    expect([tally.min(negative.main), tally.max(negative.main), tally.quantile(negative.main, 0)]).toEqual([
      -6, -2, -6,
    ]);
    const nothing = pair(tally, "histogram", [0, 0], 0, 1);
    feed(tally, nothing.side, 0, many);
    expect([tally.count(nothing.main), tally.sum(nothing.main), tally.quantile(nothing.main, 1)]).toEqual([100, 0, 0]);
  });
});

const values = fc.array(
  fc.record({ value: fc.integer({ min: -2_000, max: 200_000 }), rate: fc.constantFrom(1, 0.5, 0.3) }),
  { maxLength: 300, size: "max" },
);

test.each([2, 3] as const)("with %i digits quantiles of both units together are as near as is promised", (digits) => {
  const promised = digits === 2 ? 0.008 : 0.001;
  fc.assert(
    fc.property(values, values, (milliseconds, plain) => {
      const layouts = [{ digits, bounds: [], thresholds: [] }];
      const tally = createTally({ layouts });
      tally.setClock(2_000_000);
      const { main, side } = pair(tally, "histogram", [0, 0], 1, 1_000);
      feed(
        tally,
        main,
        0,
        plain.map(({ value, rate }) => `${value}|h|@${rate}`),
        layouts,
      );
      feed(
        tally,
        side,
        0,
        milliseconds.map(({ value, rate }) => `${value}|ms|@${rate}`),
        layouts,
      );
      const all = [...milliseconds.map(({ value, rate }) => ({ value: value / 1_000, rate })), ...plain];
      all.sort((left, right) => left.value - right.value);
      const total = all.reduce((sum, { rate }) => sum + 1 / rate, 0);
      expect(tally.count(main)).toBeCloseTo(total, 6);
      for (const quantile of QUANTILES) {
        let passed = 0;
        const exact = all.find(({ rate }) => (passed += 1 / rate) >= quantile * total * (1 - 1e-12))?.value;
        const read = tally.quantile(main, quantile);
        if (exact === undefined) expect(read).toBeNaN();
        else expect(Math.abs(read - exact)).toBeLessThanOrEqual(Math.abs(exact) * promised + 1e-12);
      }
    }),
    { numRuns: 100 },
  );
});
