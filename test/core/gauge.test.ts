import { describe, expect, test } from "vitest";
import { drainAll, SmallOutput, SmallShard } from "../support/small-shard.ts";

type Sign = "auto" | "absolute" | "step";

describe("the sign of a gauge value", () => {
  test.each<readonly [Sign, string, number]>([
    ["auto", "g:333|g\ng:-10|g\ng:+4|g", 327],
    ["auto", "g:5|g\ng:-10|g|#", -10],
    ["auto", "g:5|g\ng:-10|g|c:ci-1", -10],
    ["auto", "g:5|g\ng:-10|g|e:it-false", -10],
    ["auto", "g:5|g\ng:-10|g|card:low", -10],
    ["auto", "g:5|g\ng:-10|g|@0.5", -5],
    ["auto", "g:5|g\ng:-10|g|", -5],
    ["auto", "g:5|g\ng:-10|g|x:1", -5],
    ["auto", "g:5|g\ng:+10|g|@1|c:x", 10],
    ["auto", "g:-5|g", -5],
    ["auto", "g:+5|g", 5],
    ["auto", "g:5:+3:-1|g", 7],
    ["auto", "g:5:+3:-1|g|#", -1],
    ["auto", "g:+1e1|g\ng:-.5|g", 9.5],
    ["auto", "g:10|g\ng:+5|g\ng:7|g", 7],
    ["auto", "g:10|g\ng:-0|g", 10],
    ["absolute", "g:5|g\ng:-10|g", -10],
    ["absolute", "g:5|g\ng:+10|g", 10],
    ["step", "g:5|g\ng:-10|g|#", -5],
    ["step", "g:5|g\ng:+10|g|c:x", 15],
  ])("%s: %j is %d", (gaugeSign, datagram, want) => {
    const shard = new SmallShard({ gaugeSign });
    shard.ingest(datagram);
    expect(shard.tally.gauge(shard.cell("g", "g"))).toBe(want);
    const output = new SmallOutput();
    output.take(shard);
    expect(output.tally.gauge(output.cell("g", "g"))).toBe(want);
  });
});

test("a timestamp shows that the client speaks DogStatsD, also where it is passed over", () => {
  const shard = new SmallShard({ readsTimestamps: false });
  shard.ingest("g:5|g\ng:-2|g|T1656581400");
  expect(shard.tally.gauge(shard.cell("g", "g"))).toBe(-2);
});

test("zeros before a timestamp's digits do not count among them", () => {
  const shard = new SmallShard();
  shard.ingest(`g:1|g|T${"0".repeat(30)}1656581400\ng:1|g|T${"0".repeat(30)}\ng:1|g|T01656581400`);
  expect(shard.specials.map(({ line }) => line)).toEqual([`g:1|g|T${"0".repeat(30)}1656581400`, "g:1|g|T01656581400"]);
  expect(shard.rejectedLines.map(({ reason }) => reason)).toEqual(["bad_timestamp"]);
});

test("steps after a drain continue from the value that the output holds", () => {
  const shard = new SmallShard();
  const output = new SmallOutput();
  let clock = 2_000;
  for (const [datagram, want] of [
    ["g:10|g", 10],
    ["g:+5|g", 15],
    ["g:-1|g\ng:-1|g", 13],
    ["g:0|g", 0],
    ["g:+1|g", 1],
  ] as const) {
    shard.tally.setClock(clock++);
    shard.ingest(datagram);
    output.take(shard);
    expect(output.tally.gauge(output.cell("g", "g"))).toBe(want);
  }
});

test("of two tallies the later value wins, whichever is merged first", () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ] as const) {
    const shards = [new SmallShard(), new SmallShard()] as const;
    shards[0].tally.setClock(2_000);
    shards[0].ingest("g:1|g");
    shards[1].tally.setClock(3_000);
    shards[1].ingest("g:2|g\ng:+5|g");
    const output = new SmallOutput();
    for (const i of order) output.take(shards[i]);
    expect(output.tally.gauge(output.cell("g", "g"))).toBe(7);
  }
});

test("of one tally the value that came last wins, also when both drains fall into one millisecond", () => {
  const shard = new SmallShard();
  const output = new SmallOutput();
  shard.tally.setClock(5_000);
  shard.ingest("g:10|g");
  output.take(shard);
  shard.tally.setClock(5_000);
  shard.ingest("g:3|g");
  output.take(shard);
  expect(output.tally.gauge(output.cell("g", "g"))).toBe(3);
});

test("a reset keeps the value for the steps to come, with no samples", () => {
  const shard = new SmallShard();
  const output = new SmallOutput();
  shard.ingest("g:10|g");
  output.take(shard);
  const cell = output.cell("g", "g");
  output.tally.reset(cell);
  expect(output.tally.samples(cell)).toBe(0);
  expect(output.tally.gauge(cell)).toBe(10);
  shard.ingest("g:+2|g");
  output.take(shard);
  expect(output.tally.samples(cell)).toBe(1);
  expect(output.tally.gauge(cell)).toBe(12);
});

test("a gauge that got nothing since the last drain is not in the delta", () => {
  const shard = new SmallShard();
  shard.ingest("g:10|g");
  expect(drainAll(shard).length).toBeGreaterThan(0);
  expect(drainAll(shard)).toEqual([]);
});
