import { build } from "hdr-histogram-js";
import { describe, expect, test } from "vitest";
import type { Layout } from "../../src/model/layout.ts";
import { inside, quantileRange } from "../support/compare.ts";
import { Random } from "../support/random.ts";
import { SmallOutput, SmallShard } from "../support/small-shard.ts";

const QUANTILES = [0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1];
const PAGES = {
  layouts: [
    { digits: 2, bounds: [], thresholds: [] },
    { digits: 3, bounds: [], thresholds: [] },
  ] as readonly Layout[],
};

function ingestAll(shard: SmallShard, samples: readonly number[], rate = 1): void {
  for (let i = 0; i < samples.length; i += 500) {
    shard.ingest(
      samples
        .slice(i, i + 500)
        .map((sample) => `t:${sample}|h|@${rate}`)
        .join("\n"),
    );
  }
}

const SHAPES: readonly (readonly [string, (random: Random) => number])[] = [
  ["uniform", (random) => random.next() * 1_000],
  ["log-normal latencies", (random) => Math.exp(random.normal() * 1.5 + 3)],
  ["whole numbers", (random) => random.int(0, 100_000)],
  ["around zero", (random) => random.normal() * 10],
  ["negative", (random) => -Math.exp(random.normal() * 3)],
  ["tiny", (random) => random.next() * 1e-12],
  ["huge, over 240 powers of two", (random) => Math.exp(random.next() * 170)],
  ["two far peaks", (random) => (random.chance(0.5) ? 1 + random.next() : 1e9 + random.next())],
  ["powers of two and their neighbours", (random) => 2 ** random.int(-20, 20) * (1 + random.int(-1, 1) * 2 ** -40)],
  ["many zeros", (random) => (random.chance(0.7) ? 0 : random.next() - 0.5)],
  ["all the same", () => 42.5],
];

describe.each([
  [2, 1 / 128],
  [3, 1 / 1_024],
] as const)("with %d digits quantiles are within %d of exact sorting", (digits, error) => {
  test.each(SHAPES)("%s", (_name, shape) => {
    const random = new Random(digits);
    for (const count of [1, 2, 3, 10, 33, 100, 5_000]) {
      const shard = new SmallShard(PAGES, digits - 2);
      const samples = Array.from({ length: count }, () => shape(random));
      ingestAll(shard, samples);
      const cell = shard.cell("h", "t");
      const ascending = [...samples].sort((a, b) => a - b).map((value) => ({ value, weight: 1 }));
      const far = QUANTILES.filter(
        (q) => !inside(shard.tally.quantile(cell, q), ...quantileRange(ascending, q, count), error),
      );
      expect(
        far.map(
          (q) =>
            `q${q} of ${count}: ${shard.tally.quantile(cell, q)} instead of ${quantileRange(ascending, q, count).join("..")}`,
        ),
      ).toEqual([]);
      expect(shard.tally.count(cell)).toBe(count);
      expect(shard.tally.min(cell)).toBe(ascending[0]?.value === 0 ? 0 : ascending[0]?.value);
      expect(shard.tally.max(cell)).toBe(ascending.at(-1)?.value);
    }
  });
});

test("values over more than 2,048 pages keep count, sum, min and max; their places are those of the nearest page", () => {
  const random = new Random(4);
  const shard = new SmallShard(PAGES, 1);
  const samples = Array.from({ length: 20_000 }, () => Math.exp((random.next() - 0.5) * 1_400));
  ingestAll(shard, samples);
  const cell = shard.cell("h", "t");
  const ascending = samples.toSorted((a, b) => a - b);
  expect(shard.tally.count(cell)).toBe(samples.length);
  expect(shard.tally.min(cell)).toBe(ascending[0]);
  expect(shard.tally.max(cell)).toBe(ascending.at(-1));
  let weight = 0;
  shard.tally.buckets(cell, (_low, _high, n) => (weight += n));
  expect(weight).toBe(samples.length);
  expect(shard.tally.memory().usedBytes).toBeLessThan(6 << 20);
});

test("values over more powers of two than there are pages keep count, sum, min and max exact, and memory bounded", () => {
  const random = new Random(8);
  const shard = new SmallShard(PAGES, 1);
  const samples = Array.from({ length: 20_000 }, () => random.pick([-1, 1]) * 2 ** random.int(-1_000, 500));
  ingestAll(shard, samples);
  const cell = shard.cell("h", "t");
  expect(shard.tally.count(cell)).toBe(20_000);
  expect(shard.tally.min(cell)).toBe(Math.min(...samples));
  expect(shard.tally.max(cell)).toBe(Math.max(...samples));
  expect(shard.tally.memory().usedBytes).toBeLessThan(3 << 20);
  for (const q of QUANTILES) {
    expect(shard.tally.quantile(cell, q)).toBeGreaterThanOrEqual(Math.min(...samples));
    expect(shard.tally.quantile(cell, q)).toBeLessThanOrEqual(Math.max(...samples));
  }
});

test("quantiles of whole numbers agree with hdr-histogram-js", () => {
  const random = new Random(9);
  const shard = new SmallShard();
  const oracle = build({ numberOfSignificantValueDigits: 2, highestTrackableValue: 2 ** 40, autoResize: true });
  const samples = Array.from({ length: 50_000 }, () => Math.round(Math.exp(random.normal() * 2 + 8)));
  for (const sample of samples) oracle.recordValue(sample);
  ingestAll(shard, samples);
  for (const q of [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1]) {
    const want = oracle.getValueAtPercentile(q * 100);
    const got = shard.tally.quantile(shard.cell("h", "t"), q);
    // Both may be off by one sub-bucket, in either direction.
    expect(Math.abs(got - want), `q${q}: ${got}, hdr says ${want}`).toBeLessThanOrEqual((2 * want) / 128);
  }
});

describe("weights", () => {
  test("are fractional: three samples at rate 0.3 count ten", () => {
    const shard = new SmallShard();
    shard.ingest("t:10|h|@0.3\nt:10|h|@0.3\nt:10|h|@0.3");
    const cell = shard.cell("h", "t");
    expect(shard.tally.count(cell)).toBeCloseTo(10, 12);
    expect(shard.tally.sum(cell)).toBeCloseTo(100, 11);
    expect(shard.tally.samples(cell)).toBe(3);
    expect(shard.tally.sum(cell) / shard.tally.count(cell)).toBeCloseTo(10, 12);
  });

  test("never loop: a hundred thousand samples at rate 0.0000001 count 10^12", () => {
    const shard = new SmallShard();
    ingestAll(
      shard,
      Array.from({ length: 100_000 }, (_, i) => i % 100),
      0.0000001,
    );
    const cell = shard.cell("h", "t");
    expect(shard.tally.count(cell) / 1e12).toBeCloseTo(1, 9);
    expect(shard.tally.sum(cell) / (49.5 * 1e12)).toBeCloseTo(1, 9);
    expect(inside(shard.tally.quantile(cell, 0.5), 49, 50, 1 / 128)).toBe(true);
  });

  test("shift quantiles as if the sample had come 1 / rate times", () => {
    const shard = new SmallShard();
    shard.ingest(`${"t:1|ms\n".repeat(9)}t:100|ms|@0.01`);
    const cell = shard.cell("ms", "t");
    expect(shard.tally.quantile(cell, 0.05)).toBeCloseTo(1, 1);
    expect(inside(shard.tally.quantile(cell, 0.5), 100, 100, 1 / 128)).toBe(true);
  });
});

describe("the list of the first samples and the pages", () => {
  test("hold the same weight, and edges that enclose the samples, at every size", () => {
    const random = new Random(1);
    const shard = new SmallShard();
    const samples: number[] = [];
    for (let size = 1; size <= 300; size++) {
      const sample = random.pick([0, random.normal(), random.next() * 1e6]);
      samples.push(sample);
      shard.ingest(`t:${sample}|h|@0.5`);
      const ascending = [...samples].sort((a, b) => a - b);
      let weight = 0;
      let last = -Infinity;
      shard.tally.buckets(shard.cell("h", "t"), (low, high, w) => {
        expect(high).toBeGreaterThanOrEqual(low);
        expect(low).toBeGreaterThanOrEqual(last);
        last = low;
        weight += w;
        const held = ascending.filter((value) => value === low || (value > low && value <= high)).length;
        expect(held).toBeGreaterThan(0);
      });
      expect(weight).toBe(size * 2);
    }
  });

  test("an empty histogram has no quantile", () => {
    const shard = new SmallShard();
    const output = new SmallOutput();
    shard.ingest("t:1|h");
    output.take(shard);
    for (const [tally, cell] of [[shard.tally, shard.cell("h", "t")]] as const) {
      expect(tally.quantile(cell, 0.5)).toBeNaN();
      expect(tally.count(cell)).toBe(0);
      expect(tally.sum(cell)).toBe(0);
    }
    const cell = output.cell("h", "t");
    expect(output.tally.quantile(cell, 0.5)).toBe(1);
    output.tally.reset(cell);
    expect(output.tally.quantile(cell, 0.5)).toBeNaN();
    expect(output.tally.samples(cell)).toBe(0);
  });
});

test("the counts of classic bounds are exact, through lists, pages, drains and merges", () => {
  const thresholds = [-10, -0.5, 0, 0.005, 0.1, 1, 2.5, 10, 1e6];
  const layouts: readonly Layout[] = [{ digits: 2, bounds: thresholds, thresholds }];
  const random = new Random(3);
  const shards = [new SmallShard({ layouts }), new SmallShard({ layouts })] as const;
  const output = new SmallOutput({ layouts });
  const all: number[] = [];
  const into = new Float64Array(thresholds.length);
  for (const count of [1, 2, 5, 20, 100, 2_000]) {
    for (const shard of shards) {
      // Half of the samples are exactly a bound, where an approximation would show.
      const samples = Array.from({ length: count }, () =>
        random.chance(0.5) ? random.pick(thresholds) : random.normal() * 5,
      );
      ingestAll(shard, samples, 0.25);
      all.push(...samples);
      output.take(shard);
    }
    output.tally.boundCounts(output.cell("h", "t"), into);
    expect([...into]).toEqual(thresholds.map((threshold) => 4 * all.filter((sample) => sample <= threshold).length));
  }
});

test("a window of ages forgets what is older than all of them", () => {
  const shard = new SmallShard();
  const output = new SmallOutput({ ages: 3, ageMs: 1_000 });
  output.tally.setClock(10_000);
  shard.ingest("t:1|h");
  output.take(shard);
  const cell = output.cell("h", "t");
  output.tally.setClock(11_000);
  shard.ingest("t:1000|h");
  output.take(shard);
  expect(output.tally.quantile(cell, 0)).toBeCloseTo(1, 1);
  expect(inside(output.tally.quantile(cell, 1), 1_000, 1_000, 1 / 128)).toBe(true);
  output.tally.setClock(13_500);
  shard.ingest("t:1000|h");
  output.take(shard);
  expect(inside(output.tally.quantile(cell, 0), 1_000, 1_000, 1 / 128)).toBe(true);
  output.tally.setClock(60_000);
  expect(output.tally.quantile(cell, 0.5)).toBeNaN();
  // Only quantiles are windowed.
  expect(output.tally.count(cell)).toBe(3);
  expect(output.tally.sum(cell)).toBe(2_001);
});
