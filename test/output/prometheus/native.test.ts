import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bucketIndex, NativeFold, SCHEMA_BY_DIGITS, ZERO_THRESHOLD } from "../../../src/output/prometheus/native.ts";
import type { Encoder, NativeReading } from "../../../src/output/prometheus/format/encoder.ts";
import type { ViewFamily } from "../../../src/output/prometheus/view.ts";
import type { OnPrometheus } from "../../../src/model/treatment.ts";
import { PLAIN } from "../../../src/model/treatment.ts";
import type { Series } from "../../../src/model/series.ts";
import { nativeBuckets, parseProtobuf } from "../../support/client-model.ts";
import { parseExposition } from "../../support/exposition.ts";
import { Bench, seriesOf } from "../../support/prometheus.ts";
import { SmallOutput, SmallShard } from "../../support/small-shard.ts";

const PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

const positive = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
const samples = fc.array(
  fc.oneof(
    positive,
    positive.map((value) => -value),
    fc.constantFrom(0, 1, 2, 0.5, 1e-300, 1e300, -1e300),
  ),
  // Long enough for raw values to become pages.
  { minLength: 50, maxLength: 120, size: "max" },
);

describe("the bucket of a number", () => {
  test.each([8, 4, 1, 0, -1, -4])("ends at a power of two, itself included (schema %d)", (schema) => {
    for (let exponent = -300; exponent <= 300; exponent += 1) {
      const power = 2 ** exponent;
      const index = bucketIndex(power, schema);
      expect(index).toBe(Math.ceil(exponent * 2 ** schema) + 0);
      expect(bucketIndex(power * (1 + Number.EPSILON), schema)).toBe(Math.floor(exponent * 2 ** schema) + 1);
    }
  });

  test("holds it, whatever it is", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 5e-324, max: Number.MAX_VALUE, noNaN: true }),
        fc.integer({ min: -4, max: 8 }),
        (value, schema) => {
          const index = bucketIndex(value, schema);
          const log = Math.log2(value) * 2 ** schema;
          expect(index).toBeGreaterThanOrEqual(log - 1e-9);
          expect(index - 1).toBeLessThanOrEqual(log + 1e-9);
        },
      ),
    );
  });
});

/** Counts by signed index, zero as 0 of its own. */
function countsOf(reading: NativeReading): Map<string, number> {
  const counts = new Map([["zero", reading.zeroCount]]);
  for (const [at, index] of reading.positive.indexes.entries())
    counts.set(`+${index}`, reading.positive.counts[at] as number);
  for (const [at, index] of reading.negative.indexes.entries())
    counts.set(`-${index}`, reading.negative.counts[at] as number);
  return counts;
}

interface Filled {
  add(...values: number[]): void;
  fold(bucketsMax: number, divisor?: number): NativeFold;
}

/** A histogram with a bound in an output's tally, whose window is long over, fed through a shard's tally. */
function filled(values: readonly number[], digits: 2 | 3 = 2): Filled {
  const layouts = [{ digits, bounds: [1], thresholds: [1] }];
  const shard = new SmallShard({ layouts });
  const output = new SmallOutput({ layouts, bounded: "whole", ages: 2, ageMs: 10 });
  let nowMs = 1000;
  const add = (...more: number[]): void => {
    output.tally.setClock((nowMs += 1000));
    for (const value of more) shard.ingest(`x:${value}|h`);
    output.take(shard);
  };
  add(...values);
  return {
    add,
    fold: (bucketsMax, divisor = 1) => {
      const fold = new NativeFold();
      fold.begin(digits, divisor);
      if (shard.bound.size > 0) output.tally.buckets(output.cell("h", "x"), fold.add);
      fold.end(bucketsMax);
      return fold;
    },
  };
}

describe("a tally's histogram as a native one", () => {
  test.each([2, 3] as const)(
    "puts each sample at most one bucket off, and less than a sub-bucket (%d digits)",
    (digits) => {
      fc.assert(
        fc.property(positive, fc.constantFrom(1, 1000), (value, divisor) => {
          const fold = filled([value], digits).fold(160, divisor);
          const [index] = fold.positive.indexes;
          const exact = bucketIndex(value / divisor, SCHEMA_BY_DIGITS[digits]);
          const near = [1 - 1 / 128, 1 + 1 / 128].map((off) => bucketIndex((value * off) / divisor, fold.schema));
          expect(Math.abs((index as number) - exact)).toBeLessThanOrEqual(1);
          expect(index).toBeGreaterThanOrEqual(near[0] as number);
          expect(index).toBeLessThanOrEqual(near[1] as number);
        }),
      );
    },
  );

  test("never loses a count: no bucket falls or vanishes as samples come, also when raw values become pages", () => {
    fc.assert(
      fc.property(samples, fc.constantFrom(10, 160), (values, bucketsMax) => {
        const { fold, add } = filled([]);
        let before = fold(bucketsMax);
        for (const value of values) {
          add(value);
          const after = fold(bucketsMax);
          expect(after.schema).toBeLessThanOrEqual(before.schema);
          const counts = countsOf(after);
          for (const [key, count] of countsOf(coarser(before, after.schema)))
            expect(counts.get(key) ?? 0).toBeGreaterThanOrEqual(count);
          expect(after.count).toBe(before.count + 1);
          before = after;
        }
      }),
      { numRuns: 50 },
    );
  });

  test("has at most so many buckets as it may, as long as there is a coarser schema", () => {
    const { fold } = filled(Array.from({ length: 2000 }, (_, index) => 1.01 ** (index - 1000)));
    const fine = fold(1000);
    const coarse = fold(20);
    expect(fine.schema).toBe(4);
    expect(coarse.positive.indexes.length).toBeLessThanOrEqual(20);
    expect(coarse.schema).toBeLessThan(4);
    expect(coarse.count).toBe(2000);
  });

  test("mirrors negative samples, and where a negative scale turns them round", () => {
    const values = [-8, -1, 0, 1, 3];
    const plain = filled(values).fold(160);
    const turned = filled(values).fold(160, -1);
    expect(turned.positive).toEqual(plain.negative);
    expect(turned.negative).toEqual(plain.positive);
    expect([plain.zeroCount, turned.zeroCount]).toEqual([1, 1]);
  });

  test("adds up exactly whatever sample rates clients send: receivers refuse the page where it does not", () => {
    const weights = fc.oneof(
      fc.double({ min: 1, max: Number.MAX_VALUE, noNaN: true }),
      fc.constantFrom(1, 3, 1e15, 1e308),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(positive, weights), { minLength: 1, maxLength: 30 }), (sent) => {
        const fold = new NativeFold();
        fold.begin(2, 1);
        for (const [value, weight] of sent) fold.add(value, value, weight);
        fold.end(160);
        const all = [...fold.positive.counts, ...fold.negative.counts, fold.zeroCount];
        expect(all.every(Number.isSafeInteger)).toBe(true);
        expect(BigInt(fold.count)).toBe(all.reduce((total, count) => total + BigInt(count), 0n));
      }),
    );
  });

  test("is as coarse as a factor lets it be", () => {
    const fold = new NativeFold();
    const schemas = [1.1, 1.5, 2, 4, 65536, 1.0001, 1].map((factor) => {
      fold.begin(3, 1, factor);
      return fold.schema;
    });
    expect(schemas).toEqual([3, 1, 0, -1, -4, 7, 7]);
  });

  test("counts as zero what is nearer to it than the threshold", () => {
    const { zeroCount, positive: side } = filled([0, ZERO_THRESHOLD / 2, ZERO_THRESHOLD * 4]).fold(160);
    expect([zeroCount, side.counts]).toEqual([2, [1]]);
  });
});

test("a sample whose rate is 1e-200 costs no scraper its page", async () => {
  const bench = new Bench({ native: { mode: "only", bucketsMax: 160 } });
  const cell = bench.send(seriesOf("x", "histogram", [], { layout: 1 }), 0.7);
  bench.tally.add(cell, 3, 1e200);
  const [family] = parseProtobuf(await bench.bytes([], PROTOBUF));
  const histogram = family?.metric[0]?.histogram;
  const buckets = nativeBuckets(histogram?.positiveSpan, histogram?.positiveDelta);
  expect(buckets.map(([, count]) => count)).toEqual([1, 2 ** 43]);
  expect(histogram?.sampleCount).toBe(2 ** 43 + 1);
});

function coarser(reading: NativeReading, schema: number): NativeReading {
  const steps = reading.schema - schema;
  const side = ({ indexes, counts }: NativeReading["positive"]): NativeReading["positive"] => {
    const sums = new Map<number, number>();
    for (const [at, index] of indexes.entries()) {
      const merged = Math.ceil(index / 2 ** steps);
      sums.set(merged, (sums.get(merged) ?? 0) + (counts[at] as number));
    }
    return { indexes: [...sums.keys()], counts: [...sums.values()] };
  };
  return {
    ...reading,
    zeroCount: reading.zeroCount,
    positive: side(reading.positive),
    negative: side(reading.negative),
  };
}

describe("a family of histograms whose rules differ", () => {
  const RULE: OnPrometheus = {
    rule: 0,
    isDropped: false,
    name: "wait",
    tags: undefined,
    labels: [],
    tagsWin: false,
    treatment: { ...PLAIN, nativeFactor: 1.1 },
  };
  const NEVER = { ...RULE, rule: 1, treatment: { ...PLAIN, nativeFactor: 0 } };
  const wait = (tag: string, prometheus: OnPrometheus): Series =>
    seriesOf("wait", "histogram", [tag], { layout: 1, prometheus });

  /** For each series of the only family: its native schema, undefined = it is a classic one. */
  async function schemas(bench: Bench): Promise<(number | undefined)[]> {
    const families = parseProtobuf(await bench.bytes([], PROTOBUF));
    expect(families).toHaveLength(1);
    return families[0]?.metric.map(({ histogram }) => histogram?.schema) ?? [];
  }

  test.each([
    ["native ones, where the first is one", RULE, NEVER, [3, 4]],
    ["classic ones, where the first is one", NEVER, RULE, [undefined, undefined]],
  ] as const)("is one of %s", async (_what, first, second, expected) => {
    const bench = new Bench({ native: { mode: "only", bucketsMax: 160 } });
    bench.send(wait("a:1", first), 0.7);
    bench.send(wait("a:2", second), 0.7);
    expect(await schemas(bench)).toEqual(expected);
    expect(bench.output.status().notes).toMatchObject({ histograms_unlike_rule: 1 });
    expect(parseExposition(await bench.bytes()).get("wait")?.samples).toHaveLength(12);
  });

  test("is free to be another one when all its series are gone", async () => {
    const bench = new Bench({ native: { mode: "only", bucketsMax: 160 } });
    const cell = bench.send(wait("a:1", NEVER), 0.7);
    bench.output.unbind(cell);
    bench.advance(25 * 3_600_000);
    bench.send(wait("a:1", RULE), 0.7);
    expect(await schemas(bench)).toEqual([3]);
    expect(bench.output.status().notes).toMatchObject({ histograms_unlike_rule: 0 });
  });

  test("is not counted where nobody gets native histograms", () => {
    const bench = new Bench();
    bench.send(wait("a:1", RULE), 0.7);
    bench.send(wait("a:2", NEVER), 0.7);
    expect(bench.output.status().notes).toMatchObject({ histograms_unlike_rule: 0 });
  });

  test("stays native while remote write shows new series as 0", () => {
    const bench = new Bench({ native: { mode: "only", bucketsMax: 160 }, zeroFirstMs: 15_000 });
    bench.send(wait("a:1", RULE), 0.7);
    const { view } = bench.output;
    const [family] = view.families();
    const counts: (number | undefined)[] = [];
    const encoder = {
      family: () => undefined,
      histogram: (_labels: unknown, { native }: { native: NativeReading | undefined }) =>
        void counts.push(native?.positive.counts.reduce((total, count) => total + count, 0)),
    } as unknown as Encoder;
    for (const ms of [0, 15_000]) view.write(encoder, 0, family as ViewFamily, bench.nowMs + ms, true);
    expect(counts).toEqual([0, 1]);
  });
});
