import { describe, expect, test } from "vitest";
import type { Layout } from "../../src/model/layout.ts";
import { drainAll, SmallOutput, SmallShard } from "../support/small-shard.ts";

/** Pages start with small whole weights and become wide when that is not enough: what is read must not depend on it. */

const LAYOUTS = { layouts: [{ digits: 2, bounds: [], thresholds: [] }] as readonly Layout[] };

/** A hundred values, in buckets of their own, so that all of it is in pages. */
function spreadOut(shard: SmallShard): void {
  shard.ingest(`h:${Array.from({ length: 100 }, (_, i) => 1_024 + 8 * i).join(":")}|h`);
}

function weights({ tally }: SmallShard | SmallOutput, cell: number): Map<number, number> {
  const found = new Map<number, number>();
  tally.buckets(cell, (low, _high, weight) => found.set(low, weight));
  return found;
}

describe("a bucket's weight is exact", () => {
  test.each([
    ["few samples", 1, 1, 2],
    ["just what fits", 65_534, 1, 65_535],
    ["one more", 65_535, 1, 65_536],
    ["many", 200_000, 1, 200_001],
    ["a weight that is larger than all that fits", 1, 1e-6, 1_000_001],
    ["fractions", 3, 0.4, 8.5],
    ["fractions first, whole numbers later", 2, 0.4, 6],
  ])("%s", (_name, samples, rate, want) => {
    const shard = new SmallShard(LAYOUTS);
    spreadOut(shard);
    // Neighbours in turn: equal values in a row would be added up before they reach a page.
    for (let done = 0; done < samples; done += 1_000) {
      const count = Math.min(1_000, samples - done);
      shard.ingest(
        `h:${Array.from({ length: count * 2 }, (_, i) => (i % 2 === 0 ? 1_024 : 1_032)).join(":")}|h|@${rate}`,
      );
    }
    const found = weights(shard, shard.cell("h", "h"));
    expect([found.get(1_024), found.get(1_032), found.get(1_040)]).toEqual([want, want, 1]);
    expect(found.size).toBe(100);
  });

  test("of negative values in rising order", () => {
    const shard = new SmallShard(LAYOUTS);
    const values = Array.from({ length: 200 }, (_, i) => (i - 100) * 16);
    shard.ingest(`h:${values.join(":")}|h`);
    const lows = [...weights(shard, shard.cell("h", "h")).keys()];
    expect(lows).toEqual(lows.toSorted((a, b) => a - b));
  });
});

describe("merging adds weights exactly", () => {
  // 2 ** -15 weighs 32,768: whole, and two of them are more than a narrow page holds.
  const rates = [1, 0.4, 2 ** -15] as const;
  const cases = rates.flatMap((first) => rates.map((second) => [first, second] as const));

  function sendTo(output: SmallOutput, shard: SmallShard, rate: number): void {
    spreadOut(shard);
    shard.ingest(`h:1024:1032|h|@${rate}`);
    output.take(shard);
  }

  function expectAdded(output: SmallOutput, first: number, second: number): void {
    const found = weights(output, output.cell("h", "h"));
    expect(found.get(1_024)).toBe(2 + 1 / first + 1 / second);
    expect(found.get(1_040)).toBe(2);
  }

  test.each(cases)("of %d and %d, in deltas", (first, second) => {
    const shard = new SmallShard(LAYOUTS);
    const output = new SmallOutput(LAYOUTS);
    for (const rate of [first, second]) {
      sendTo(output, shard, rate);
    }
    expectAdded(output, first, second);
  });

  test.each(cases)("of %d and %d, in the ages of a window", (first, second) => {
    const shard = new SmallShard(LAYOUTS);
    const output = new SmallOutput({ ...LAYOUTS, ages: 3, ageMs: 1_000 });
    for (const [age, rate] of [first, second].entries()) {
      output.tally.setClock(1_000 * (age + 1));
      sendTo(output, shard, rate);
    }
    expectAdded(output, first, second);
  });
});

test("drains leave nothing behind, whatever the pages were", () => {
  const shard = new SmallShard(LAYOUTS);
  spreadOut(shard);
  drainAll(shard);
  const used = shard.tally.memory().usedBytes;
  for (const rate of [1, 0.4, 2 ** -15, 1]) {
    for (let i = 0; i < 5; i++) {
      spreadOut(shard);
      shard.ingest(`h:1024:1032|h|@${rate}`);
      drainAll(shard);
    }
  }
  expect(shard.tally.memory().usedBytes).toBe(used);
});
