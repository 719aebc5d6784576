import { describe, expect, test } from "vitest";
import type { RejectReason } from "../../src/model/reject.ts";
import { SmallShard } from "../support/small-shard.ts";

/** What the line came to: each series with its value, or its count and sum. */
function shown(shard: SmallShard): Record<string, number | number[]> {
  const entries = [...shard.bound].map(([cell, { key, row }]) => {
    const { tally } = shard;
    if (row.cell === "counter") return [key, tally.counterSum(cell)];
    if (row.cell === "gauge") return [key, tally.gauge(cell)];
    if (row.cell === "set") return [key, tally.cardinality(cell)];
    return [key, [tally.count(cell), tally.sum(cell)]];
  });
  return Object.fromEntries(entries);
}

describe("several pairs of value and type are one line with several samples", () => {
  test.each([
    ["a:1|c:2|c", { "c|a|": 3 }],
    ["a:1|c:320|ms:4|g", { "c|a|": 1, "ms|a|": [1, 320], "g|a|": 4 }],
    ["a:1|c|@0.5:2|c|@0.25", { "c|a|": 10 }],
    ["a:1|c|@0.5:2|c", { "c|a|": 4 }],
    ["a:1|c:2|c|@0.1", { "c|a|": 21 }],
    ["a:10|ms|@0.5:20|ms", { "ms|a|": [3, 40] }],
    ["a:1|c:2|h|#t:1,b", { "c|a|b,t:1": 1, "h|a|b,t:1": [1, 2] }],
    ["a:1|c:2|c|@0.5|#t:1", { "c|a|t:1": 5 }],
    ["a:1|c:2|c|#t:1|@0.5|c:ci-7", { "c|a|t:1": 5 }],
    // Packed values may stand in a pair too, and a set's member holds every colon up to its pipe.
    ["a:1:2|c:3:4|h", { "c|a|": 3, "h|a|": [2, 7] }],
    ["a:x|s:y:z|s", { "s|a|": 2 }],
    ["a:1e3|c:2|d\r\n", { "c|a|": 1000, "d|a|": [1, 2] }],
    // Without DogStatsD parts a sign is a step; with them it is a value.
    ["a:5|g:+1|g:-2|g", { "g|a|": 4 }],
    ["a:5|g:+1|g|#t", { "g|a|t": 1 }],
  ])("%j", (line, want) => {
    const shard = new SmallShard();
    shard.ingest(line);
    expect(shown(shard)).toEqual(want);
    const { lines, accepted } = shard.counted();
    expect([lines, accepted]).toEqual([1, 1]);
  });

  test("the rate of a field is a rate, colons of other fields begin no pair", () => {
    const shard = new SmallShard();
    shard.ingest("a:1|c|c:ci-x\nb:1|c|#k:2|c\nc:1|c|e:3|ms\nd:1|c|card:low");
    expect(shown(shard)).toEqual({ "c|a|": 1, "c|b|k:2": 1, "c|c|": 1, "c|d|": 1 });
  });
});

describe("one bad pair rejects the line, and nothing of it is used", () => {
  test.each<[string, RejectReason, number]>([
    ["a:1|c:", "no_type", 6],
    ["a:1|c:2", "no_type", 7],
    ["a:1|c:2|", "bad_type", 8],
    ["a:1|c:2|x:3|c", "bad_type", 8],
    ["a:1|c:|c", "empty_value", 6],
    ["a:1|c:x|c:2|c", "bad_value", 6],
    ["a:1|c:nan|c", "not_finite", 6],
    ["a:1|c|@x:2|c", "bad_rate", 7],
    ["a:1|c|@:2|c", "bad_rate", 7],
    ["a:1|c:2|c|@x", "bad_rate", 11],
    ["a:1|c:2|c|T0", "bad_timestamp", 11],
    ["a:1|c:2|g|T5", "timestamp_kind", 10],
    // A rate that does not stand right behind its type belongs to the line.
    ["a:1|c|#t|@0.5:2|c", "bad_rate", 10],
  ])("%j: %s at byte %i", (line, reason, column) => {
    const shard = new SmallShard();
    shard.ingest(`${line}\nnext:1|c`);
    expect(shown(shard)).toEqual({ "c|next|": 1 });
    expect(shard.rejectedLines).toEqual([{ reason, line, column }]);
    const { lines, accepted, rejected } = shard.counted();
    expect([lines, accepted, rejected[reason as "bad_value"]]).toEqual([2, 1, 1]);
  });
});

test("a line with a pair that is not wanted is limited once, and nothing of it is used", () => {
  const shard = new SmallShard();
  shard.ingest("a:1|c");
  shard.refuse = "filter";
  shard.ingest("a:2|c:3|g");
  shard.ingest("a:2|c:3|g:4|ms");
  const { lines, accepted, limited } = shard.counted();
  expect([lines, accepted, limited.filter]).toEqual([3, 1, 2]);
  expect(shown(shard)).toEqual({ "c|a|": 1 });
});

test("samples are counted by pair, lines by line", () => {
  const shard = new SmallShard();
  shard.ingest("a:1|c:2:3|ms:4|ms|@7");
  const { lines, accepted, samples, ratesClamped, binds } = shard.counted();
  expect({ lines, accepted, ratesClamped, binds }).toEqual({ lines: 1, accepted: 1, ratesClamped: 1, binds: 2 });
  expect([samples.counter, samples.timer]).toEqual([1, 3]);
});

test("a line may be all pairs: 16,000 of them", () => {
  const shard = new SmallShard();
  shard.ingest(`a:${"1|c:".repeat(16_000)}1|c`);
  expect(shard.tally.counterSum(shard.cell("c", "a"))).toBe(16_001);
});
