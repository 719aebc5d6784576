import { describe, expect, test } from "vitest";
import type { BatchPlace } from "../../src/model/batch.ts";
import { SmallShard } from "../support/small-shard.ts";

/** Lines that are held for their cells: none of it may show, neither in the order of values nor in what is counted when. */

function placeFor({ tally }: SmallShard, messages: readonly string[]): BatchPlace {
  const place = {
    headers: tally.reserve(64 * messages.length),
    names: tally.reserve(128 * messages.length),
    slots: tally.reserve(2_048 * messages.length),
    slotStride: 2_048,
    nameBytes: 128,
  };
  for (const [index, message] of messages.entries()) {
    new DataView(tally.heap.buffer).setUint32(place.headers + index * 64 + 56, message.length, true);
    tally.heap.set(Buffer.from(message, "latin1"), place.slots + index * place.slotStride);
  }
  return place;
}

/** `count` lines that nothing else has. */
const lines = (count: number, prefix: string): string =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}:1|c`).join("\n");

describe("values reach a gauge in the order in which they came", () => {
  test.each([
    ["one value, then packed ones", "g:1|g\ng:2:3|g", 3],
    ["packed ones, then one value", "g:2:3|g\ng:1|g", 1],
    ["one value, packed ones, one value", "g:1|g\ng:2:3|g\ng:4|g", 4],
    ["one value, then pairs", "g:1|g\ng:5|g:6|g", 6],
    ["pairs, then a step", "g:5|g:6|g\ng:+1|g", 7],
    ["a number that the fast path does not read, last", "g:1|g\ng:2e0|g", 2],
    ["and first", "g:2e0|g\ng:1|g", 1],
    ["steps around a value", "g:+1|g\ng:10|g\ng:+5|g\ng:-2|g", 13],
    ["over more lines than are held at once", `g:1|g\n${lines(40, "x")}\ng:2|g`, 2],
  ])("%s", (_name, datagram, want) => {
    const shard = new SmallShard();
    shard.ingest(datagram);
    expect(shard.tally.gauge(shard.cell("g", "g"))).toBe(want);
  });

  test("over the messages of a batch", () => {
    const shard = new SmallShard();
    const messages = ["g:1|g", "g:2:3|g", "g:4|g", "g:+1|g"];
    expect(shard.tally.ingestBatch(placeFor(shard, messages), 0, 4, 100)).toBe(4);
    expect(shard.tally.gauge(shard.cell("g", "g"))).toBe(5);
  });
});

test.each([1, 31, 32, 33, 64, 65])("%d lines of one datagram are all counted when it is taken", (count) => {
  const shard = new SmallShard();
  shard.ingest(lines(count, "x"));
  const { lines: received, accepted, samples } = shard.counted();
  expect([received, accepted, samples.counter, shard.bound.size]).toEqual([count, count, count, count]);
});

describe("keys that differ in one byte are two", () => {
  const lengths = [1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 95, 96, 97, 200];

  test.each(lengths)("of a name of %d bytes", (length) => {
    const shard = new SmallShard();
    for (let at = 0; at < length; at += 1) {
      const name = `${"a".repeat(at)}b${"a".repeat(length - at - 1)}`;
      shard.ingest(`${name}:1|c\n${name}:1|c`);
      expect(shard.tally.counterSum(shard.cell("c", name))).toBe(2);
    }
    expect(shard.bound.size).toBe(length);
  });

  test.each(lengths)("of a tag section of %d bytes", (length) => {
    const shard = new SmallShard();
    for (let at = 0; at < length; at += 1) {
      const tag = `${"a".repeat(at)}b${"a".repeat(length - at - 1)}`;
      shard.ingest(`n:1|c|#${tag}\nn:1|c|#${tag}`);
      expect(shard.tally.counterSum(shard.cell("c", "n", [tag]))).toBe(2);
    }
    expect(shard.bound.size).toBe(length);
  });
});

test("a key that is met twice before it is bound is bound once", () => {
  const shard = new SmallShard();
  shard.ingest("a:1|c\na:2|c\na:3|c");
  expect([shard.binds, shard.tally.counterSum(shard.cell("c", "a"))]).toEqual([1, 6]);
});

test.each([10, 32, 33, 40])("a batch that stops after %d new keys has counted all that it has read", (bindsMax) => {
  const shard = new SmallShard();
  // 32 lines: a message may end just when what is held was settled.
  const messages = [lines(32, "a"), lines(32, "b"), lines(40, "c")];
  const place = placeFor(shard, messages);
  let next = 0;
  for (let calls = 0; next < 3; calls++) {
    expect(calls).toBeLessThan(20);
    next = shard.tally.ingestBatch(place, next, 3, bindsMax);
    const { lines: received, accepted } = shard.counted();
    expect(accepted).toBe(received);
  }
  expect([shard.counted().accepted, shard.bound.size]).toEqual([104, 104]);
});

test("a new key is ascribed to the message that it came with", () => {
  const shard = new SmallShard();
  const seen: [string, number][] = [];
  const bind = shard.bind.bind(shard);
  shard.bind = (...place) => {
    const cell = bind(...place);
    seen.push([shard.bound.get(cell)?.name ?? "", shard.tally.currentMessage]);
    return cell;
  };
  const messages = ["a:1|c", "b:1|c\nc:1|s", "d:1:2|c", "e:1|ms"];
  shard.tally.ingestBatch(placeFor(shard, messages), 0, 4, 100);
  expect(seen).toEqual([
    ["a", 0],
    ["b", 1],
    ["c", 1],
    ["d", 2],
    ["e", 3],
  ]);
});
