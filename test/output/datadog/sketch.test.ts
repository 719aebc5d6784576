import { LogarithmicMapping } from "@datadog/sketches-js/dist/ddsketch/mapping/index.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Buckets, Sketch } from "../../../src/output/datadog/sketch.ts";
import { sketchKey, sketchOf, sketchValue } from "../../../src/output/datadog/sketch.ts";

const GOLDEN_KEYS: readonly (readonly [number, number])[] = [
  [0, 0],
  [9.85e-10, 0],
  [1e-9, 1],
  [0.001, 892],
  [0.5, 1293],
  [1, 1338],
  [1.5, 1364],
  [2, 1383],
  [3.14159, 1412],
  [10, 1487],
  [100, 1635],
  [1000, 1784],
  [12345.678, 1946],
  [1e6, 2229],
  [1e9, 2675],
  [1e12, 3120],
  [1e200, 31041],
  [1e300, 32767],
  [-1, -1338],
  [-100, -1635],
];

/** Samples of weight 1, as a histogram of `octave` linear buckets per power of two shows them; 0 = exact. */
function bucketsOf(samples: readonly number[], octave: number): Buckets {
  const cells = new Map<string, [number, number, number]>();
  for (const sample of samples) {
    const [low, high] = octave === 0 || sample === 0 ? [sample, sample] : edges(sample, octave);
    const cell = cells.get(`${low}`) ?? [low, high, 0];
    cell[2]++;
    cells.set(`${low}`, cell);
  }
  const sorted = [...cells.values()].sort((a, b) => a[0] - b[0]);
  return (visit) => sorted.forEach(([low, high, weight]) => visit(low, high, weight));
}

function edges(sample: number, octave: number): [number, number] {
  const size = 2 ** Math.floor(Math.log2(Math.abs(sample))) / octave;
  const low = Math.floor(Math.abs(sample) / size) * size;
  return sample < 0 ? [-(low + size), -low] : [low, low + size];
}

function summaryOf(samples: readonly number[]): { min: number; max: number; sum: number } {
  return { min: Math.min(...samples), max: Math.max(...samples), sum: samples.reduce((a, b) => a + b, 0) };
}

function sketch(samples: readonly number[], octave = 0): Sketch {
  const made = sketchOf(bucketsOf(samples, octave), summaryOf(samples));
  if (made === undefined) throw new Error("no sketch was made");
  return made;
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The value at a rank (1 = the smallest), each bin read as its middle. */
function valueAt(made: Sketch, rank: number): number {
  let cumulative = 0;
  for (const [index, key] of made.keys.entries()) {
    cumulative += made.counts[index] as number;
    if (cumulative >= rank) return sketchValue(key);
  }
  throw new Error("the rank is beyond the sketch");
}

describe("the key of a value", () => {
  it.each(GOLDEN_KEYS)("of %d is %d", (value, key) => expect(sketchKey(value)).toBe(key));

  it("is that of Datadog's own mapping for random values of all magnitudes", () => {
    const mapping = LogarithmicMapping.fromGammaOffset(1.015625, 0);
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e200, noNaN: true }), (value) => {
        expect(sketchKey(value)).toBe(Math.max(1, mapping.key(value / Math.sqrt(1.015625)) + 1338));
      }),
      { numRuns: 5000 },
    );
  });

  it("is its own inverse over all keys", () => {
    for (let key = -32_766; key <= 32_766; key++) {
      if (sketchKey(sketchValue(key)) !== key) expect.fail(`key ${key} comes back as ${sketchKey(sketchValue(key))}`);
    }
  });
});

describe("a sketch of buckets", () => {
  it("keeps the exact count, extremes, sum and average", () => {
    expect(sketch([1, 10, 100])).toEqual({
      count: 3,
      min: 1,
      max: 100,
      average: 37,
      sum: 111,
      keys: [1338, 1487, 1635],
      counts: [1, 1, 1],
    });
  });

  it("orders negatives, zero and positives", () => {
    expect(sketch([5, -5, 0, -100, 0]).keys).toEqual([-sketchKey(100), -sketchKey(5), 0, sketchKey(5)]);
  });

  it.each([
    [0, 0.00778 + 1e-5],
    [1024, 0.00827],
    [256, 0.00975],
    [128, 0.01171],
    [64, 0.01563],
  ])("of %i buckets per octave keeps every rank within %d", (octave, bound) => {
    const value = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
    const signed = fc.oneof(
      value,
      value.map((each) => -each),
      fc.constant(0),
    );
    fc.assert(
      fc.property(fc.array(signed, { minLength: 1, maxLength: 200 }), (samples) => {
        const made = sketch(samples, octave);
        const sorted = [...samples].sort((a, b) => a - b);
        expect(total(made.counts)).toBe(samples.length);
        sorted.forEach((exact, index) => {
          expect(Math.abs(valueAt(made, index + 1) - exact)).toBeLessThanOrEqual(Math.abs(exact) * bound);
        });
      }),
    );
  });

  it("has the bins of the exact minimum and maximum at its ends", () => {
    const value = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 50 }), (samples) => {
        const made = sketch(samples, 128);
        expect(made.keys[0]).toBe(sketchKey(made.min));
        expect(made.keys.at(-1)).toBe(sketchKey(made.max));
        expect([...made.keys].sort((a, b) => a - b)).toEqual(made.keys);
      }),
    );
  });

  it("rounds fractional weights so that the counts add up to the rounded whole", () => {
    const weights = Array.from({ length: 30 }, (_, index) => [index + 1, 10 / 7] as const);
    const made = sketchOf((visit) => weights.forEach(([value, weight]) => visit(value, value, weight)), {
      min: 1,
      max: 30,
      sum: 465 * (10 / 7),
    });
    expect(made?.count).toBe(Math.round(300 / 7));
    expect(total(made?.counts ?? [])).toBe(Math.round(300 / 7));
    expect(made?.counts.every((count) => count === 1 || count === 2)).toBe(true);
  });

  it("repeats the key of a bin with more than 65,535 samples, the remainder first", () => {
    const made = sketchOf((visit) => visit(5, 5, 70_000), { min: 5, max: 5, sum: 350_000 });
    expect(made?.keys).toEqual([sketchKey(5), sketchKey(5)]);
    expect(made?.counts).toEqual([4465, 65_535]);
  });

  it("merges the lowest bins beyond 4,096", () => {
    const samples = Array.from({ length: 5000 }, (_, index) => sketchValue(index + 1));
    const made = sketch(samples);
    expect(made.keys.length).toBe(4096);
    expect(made.keys[0]).toBe(905);
    expect(made.counts[0]).toBe(905);
    expect(made.count).toBe(5000);
  });

  it("never counts more than 65,535 in one entry, because receivers refuse that together with all that is beside it", () => {
    const made = sketchOf((visit) => visit(5, 5, 1e9), { min: 5, max: 5, sum: 5e9 });
    expect(made?.count).toBe(1e9);
    expect(made?.counts.length).toBe(Math.ceil(1e9 / 65_535));
    expect(total(made?.counts ?? [])).toBe(1e9);
    expect(made?.counts.every((count) => count >= 1 && count <= 65_535)).toBe(true);
  });

  it.each<[string, number, { min: number; max: number; sum: number }]>([
    ["nothing", 0, { min: 0, max: 0, sum: 0 }],
    ["a claimed count that would take too many entries", 1e12, { min: 1, max: 1, sum: 1e12 }],
    ["a count that no sketch can hold", 1e300, { min: 1, max: 1, sum: 1e300 }],
    ["an infinite sum", 2, { min: 1e308, max: 1e308, sum: Infinity }],
    ["an empty cell's extremes", 0, { min: Infinity, max: -Infinity, sum: 0 }],
  ])("is not made of %s", (_, weight, summary) => {
    expect(sketchOf((visit) => visit(1, 1, weight), summary)).toBeUndefined();
  });

  it("keeps values beyond its keys in the outermost bins", () => {
    expect(sketch([-1e300, 1e300]).keys).toEqual([-32_766, 32_766]);
  });
});
