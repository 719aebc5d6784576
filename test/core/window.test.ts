import { describe, expect, test } from "vitest";
import type { Layout } from "../../src/model/layout.ts";
import { inside, quantileRange } from "../support/compare.ts";
import { Random } from "../support/random.ts";
import { SmallOutput, SmallShard } from "../support/small-shard.ts";

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
