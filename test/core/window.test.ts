import { describe, expect, test } from "vitest";
import type { Tally } from "../../src/core/tally.ts";
import type { Layout } from "../../src/model/layout.ts";
import { inside, quantileRange } from "../support/compare.ts";
import { Random } from "../support/random.ts";
import { PLAIN, SmallOutput, SmallShard } from "../support/small-shard.ts";

/** The samples that quantiles are of. */
function held(tally: Tally, cell: number): number {
  let sum = 0;
  tally.buckets(cell, (_low, _high, weight) => (sum += weight));
  return sum;
}

describe("a window of ages", () => {
  test("answers quantiles of the samples of the last ages only, at any time and any rate of samples", () => {
    const ages = 5;
    const ageMs = 2_000;
    const random = new Random(12);
    const shard = new SmallShard();
    const output = new SmallOutput({ ages, ageMs });
    const merged: { readonly value: number; readonly weight: number; readonly epoch: number }[] = [];
    let clock = 1_000_000;
    for (let step = 0; step < 400; step++) {
      clock += random.pick([10, 500, 1_000, 3_000, 25_000]);
      output.tally.setClock(clock);
      const count = random.pick([0, 1, 5, 200]);
      const values = Array.from({ length: count }, () => random.normal() * 100);
      if (count > 0) shard.ingest(values.map((value) => `t:${value}|h`).join("\n"));
      output.take(shard);
      merged.push(...values.map((value) => ({ value, weight: 1, epoch: Math.floor(clock / ageMs) })));
      if (output.cells.size === 0) continue;
      const inWindow = merged
        .filter((sample) => sample.epoch > Math.floor(clock / ageMs) - ages)
        .sort((a, b) => a.value - b.value);
      for (const q of [0, 0.1, 0.5, 0.9, 1]) {
        const got = output.tally.quantile(output.cell("h", "t"), q);
        if (inWindow.length === 0) expect(got).toBeNaN();
        else
          expect(
            inside(got, ...quantileRange(inWindow, q, inWindow.length), 1 / 128),
            `step ${step}, q${q}: ${got}`,
          ).toBe(true);
      }
    }
    // Only quantiles have a window.
    expect(output.tally.count(output.cell("h", "t"))).toBe(merged.length);
  });

  test("has room for further ages of a series only once it is seen in a second one", () => {
    const { tally } = new SmallOutput({ ages: 5, ageMs: 2_000 });
    const shard = new SmallShard();
    const source = tally.source();
    const series = 1_000;
    for (let i = 0; i < series; i++) shard.ingest(`t${i}:1|h`);
    for (const cell of shard.cells.values()) source.map(cell, tally.allocate("histogram", 0));
    const bytesAt = (ms: number): number => {
      for (let i = 0; i < series; i++) shard.ingest(`t${i}:${i}|h`);
      tally.setClock(1_000_000_000 + ms);
      for (let delta = shard.tally.drain(1 << 20); delta.length > 0; delta = shard.tally.drain(1 << 20))
        source.merge(delta);
      return tally.memory().usedBytes;
    };
    const once = bytesAt(0);
    expect(bytesAt(1_000)).toBe(once);
    // The window has passed over what it had.
    expect(bytesAt(20_000)).toBe(once);
    const twice = bytesAt(22_000);
    expect(twice - once).toBeGreaterThanOrEqual(series * 4 * 32);
    expect(bytesAt(40_000)).toBe(twice);
  });

  test("may be of a single age, which is emptied when its time is over, and does not rule out others", () => {
    const layouts: readonly Layout[] = [PLAIN, { ...PLAIN, window: { ages: 3, ageMs: 2_000 } }];
    const { tally } = new SmallOutput({ layouts, ages: 1, ageMs: 2_000 });
    const cells = layouts.map((_, layout) => tally.allocate("histogram", layout));
    const shard = new SmallShard({ layouts });
    const source = tally.source();
    const heldAt: number[][] = [];
    for (let second = 0; second < 6; second++) {
      tally.setClock(1_000_000_000 + second * 1_000);
      shard.ingest("t:1|h");
      const delta = shard.tally.drain(1 << 20);
      while (shard.tally.drain(1 << 20).length > 0);
      for (const cell of cells) {
        source.map(shard.cell("h", "t"), cell);
        source.merge(delta);
      }
      heldAt.push(cells.map((cell) => held(tally, cell)));
    }
    expect(heldAt).toEqual([
      [1, 1],
      [2, 2],
      [1, 3],
      [2, 4],
      [1, 5],
      [2, 6],
    ]);
  });

  test("may be another one for each layout: other ages, of another length", () => {
    const layouts: readonly Layout[] = [
      PLAIN,
      { ...PLAIN, window: { ages: 2, ageMs: 1_000 } },
      { ...PLAIN, digits: 3, window: { ages: 60, ageMs: 100_000 } },
      { ...PLAIN, window: { ages: 1, ageMs: 4_000 } },
    ];
    const { tally } = new SmallOutput({ layouts, ages: 5, ageMs: 1_000 });
    const cells = layouts.map((_, layout) => tally.allocate("histogram", layout));
    const shard = new SmallShard({ layouts });
    const source = tally.source();
    const heldAt: number[][] = [];
    for (let second = 0; second <= 8; second++) {
      tally.setClock(1_000_000_000 + second * 1_000);
      // More than the list of the first samples holds: pages are made, and freed with their age.
      shard.ingest(Array.from({ length: 40 }, (_, i) => `t:${second * 100 + i}|h`).join("\n"));
      const delta = shard.tally.drain(1 << 20);
      while (shard.tally.drain(1 << 20).length > 0);
      for (const cell of cells) {
        source.map(shard.cell("h", "t"), cell);
        source.merge(delta);
      }
      heldAt.push(cells.map((cell) => held(tally, cell)));
    }
    // In seconds' worth of samples.
    expect(heldAt.map((at) => at.map((samples) => samples / 40))).toEqual([
      [1, 1, 1, 1],
      [2, 2, 2, 2],
      [3, 2, 3, 3],
      [4, 2, 4, 4],
      [5, 2, 5, 1],
      [5, 2, 6, 2],
      [5, 2, 7, 3],
      [5, 2, 8, 4],
      [5, 2, 9, 1],
    ]);
    for (const cell of cells) tally.release(cell);
    const again = layouts.map((_, layout) => tally.allocate("histogram", layout));
    expect(again.map((cell) => held(tally, cell))).toEqual([0, 0, 0, 0]);
  });

  test("is none where the tally has none, whatever a layout says", () => {
    const layouts = [{ ...PLAIN, window: { ages: 2, ageMs: 1 } }];
    const shard = new SmallShard({ layouts });
    shard.ingest("t:1|h");
    shard.tally.setClock(1_000_000);
    expect(held(shard.tally, shard.cell("h", "t"))).toBe(1);
  });

  test("gives the memory of old pages back to new ones, so that it stays flat", () => {
    const shard = new SmallShard();
    const output = new SmallOutput({ ages: 3, ageMs: 1_000 });
    const used: number[] = [];
    for (let second = 0; second < 60; second++) {
      output.tally.setClock(1_000_000 + second * 1_000);
      for (let part = 0; part < 5; part++) {
        shard.ingest(Array.from({ length: 200 }, (_, i) => `t:${(1 + i) * 1.7 ** (second % 20)}|h`).join("\n"));
      }
      output.take(shard);
      used.push(output.tally.memory().bytes);
    }
    expect(used.at(-1)).toBe(used[25]);
  });
});

describe("a tally where the classic bounds suffice", () => {
  const thresholds = [1, 10, 100];
  const layouts: readonly Layout[] = [
    { digits: 2, bounds: thresholds, thresholds },
    { digits: 2, bounds: [], thresholds: [] },
  ];

  test("keeps exact counts, sum, min and max, but no quantiles, of histograms with bounds", () => {
    const shard = new SmallShard({ layouts });
    const output = new SmallOutput({ layouts, boundsSuffice: true });
    shard.ingest(Array.from({ length: 200 }, (_, i) => `t:${i}|h`).join("\n"));
    output.take(shard);
    const cell = output.cell("h", "t");
    const into = new Float64Array(3);
    output.tally.boundCounts(cell, into);
    expect([...into]).toEqual([2, 11, 101]);
    expect([output.tally.count(cell), output.tally.sum(cell), output.tally.min(cell), output.tally.max(cell)]).toEqual([
      200, 19_900, 0, 199,
    ]);
    expect(output.tally.quantile(cell, 0.5)).toBeNaN();
  });

  test("keeps quantiles of histograms without bounds", () => {
    const shard = new SmallShard({ layouts }, 1);
    const output = new SmallOutput({ layouts, boundsSuffice: true }, 1);
    shard.ingest("t:5|h");
    output.take(shard);
    expect(output.tally.quantile(output.cell("h", "t"), 0.5)).toBe(5);
  });
});
