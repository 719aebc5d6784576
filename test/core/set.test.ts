import { expect, test } from "vitest";
import { Random } from "../support/random.ts";
import { SmallOutput, SmallShard } from "../support/small-shard.ts";

/** The standard error of a HyperLogLog with p = 14 is 1.04 / sqrt(2^14) = 0.81 %; four of them is one case in 16,000. */
const HLL_ERROR = 4 * (1.04 / Math.sqrt(2 ** 14));

function members(from: number, count: number): string {
  return Array.from({ length: count }, (_, i) => `u:user-${from + i}|s`).join("\n");
}

test("a small set is exact, repeats do not count, and members are compared as bytes", () => {
  const shard = new SmallShard();
  for (let i = 1; i <= 30; i++) {
    shard.ingest(`u:m${i}|s\nu:m${i}|s\nu:m${(i >> 1) + 1}|s`);
    expect(shard.tally.isExact(shard.cell("s", "u"))).toBe(true);
    expect(shard.tally.cardinality(shard.cell("s", "u"))).toBe(i === 1 ? 1 : i);
  }
  shard.ingest("v:007|s\nv:7|s\nv:7.0|s\nv:a:b|s\nv:a|s\nv: a|s\nv:\xff|s\nv:\xfe|s\nv:\x00|s");
  expect(shard.tally.cardinality(shard.cell("s", "v"))).toBe(9);
});

test("as long as a set says it is exact it is, and then it stays within the stated error", () => {
  const shard = new SmallShard();
  let size = 0;
  for (const target of [10, 50, 100, 500, 1_000, 5_000, 20_000, 50_000, 200_000]) {
    while (size < target) {
      const more = Math.min(1_000, target - size);
      shard.ingest(members(size, more));
      size += more;
    }
    const cell = shard.cell("s", "u");
    const got = shard.tally.cardinality(cell);
    if (shard.tally.isExact(cell)) expect(got).toBe(size);
    else expect(Math.abs(got - size) / size).toBeLessThan(HLL_ERROR);
  }
  expect(shard.tally.isExact(shard.cell("s", "u"))).toBe(false);
});

test("the error of big sets has the stated size over many sets", () => {
  const shard = new SmallShard();
  const random = new Random(5);
  const errors: number[] = [];
  for (let set = 0; set < 40; set++) {
    const from = random.int(0, 1_000_000_000);
    for (let part = 0; part < 10; part++) {
      shard.ingest(Array.from({ length: 1_000 }, (_, i) => `u${set}:${from + part * 1_000 + i}|s`).join("\n"));
    }
    errors.push(shard.tally.cardinality(shard.cell("s", `u${set}`)) / 10_000 - 1);
  }
  const spread = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);
  expect(spread).toBeLessThan(0.0125);
});

test.each([3, 40, 3_000, 60_000])("two halves of %d members that overlap merge to the size of the union", (count) => {
  const shards = [new SmallShard(), new SmallShard({ keySeed: 99n })] as const;
  const half = Math.ceil((count * 2) / 3);
  for (let i = 0; i < half; i += 1_000) shards[0].ingest(members(i, Math.min(1_000, half - i)));
  for (let i = count - half; i < count; i += 1_000) shards[1].ingest(members(i, Math.min(1_000, count - i)));
  const output = new SmallOutput();
  for (const shard of shards) output.take(shard);
  const cell = output.cell("s", "u");
  if (output.tally.isExact(cell)) expect(output.tally.cardinality(cell)).toBe(count);
  else expect(Math.abs(output.tally.cardinality(cell) - count) / count).toBeLessThan(HLL_ERROR);
});

test("a set that was drained or reset starts from nothing", () => {
  const shard = new SmallShard();
  const output = new SmallOutput();
  shard.ingest(members(0, 1_000));
  shard.ingest(members(1_000, 1_000));
  output.take(shard);
  expect(shard.tally.cardinality(shard.cell("s", "u"))).toBe(0);
  output.tally.reset(output.cell("s", "u"));
  expect(output.tally.cardinality(output.cell("s", "u"))).toBe(0);
  expect(output.tally.isExact(output.cell("s", "u"))).toBe(true);
  shard.ingest("u:a|s\nu:b|s");
  output.take(shard);
  expect(output.tally.cardinality(output.cell("s", "u"))).toBe(2);
});
