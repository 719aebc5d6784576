import { describe, expect, test } from "vitest";
import { SmallShard } from "../support/small-shard.ts";

const CASES: readonly (readonly [datagram: string, series: readonly string[], refused: string | undefined])[] = [
  ["a:1|c\nb:2|c", ["c|a|"], "b:2|c"],
  ["a:1|c\nb:2|c\n", ["c|a|", "c|b|"], undefined],
  ["a:1|c", [], "a:1|c"],
  ["a:1|c\n\r\n", ["c|a|"], undefined],
  ["", [], undefined],
];

function expectOutcome(shard: SmallShard, [, series, refused]: (typeof CASES)[number]): void {
  expect([...shard.cells.keys()]).toEqual(series);
  const refusals = refused === undefined ? [] : [["unterminated", refused]];
  expect(shard.rejectedLines.map(({ reason, line }) => [reason, line])).toEqual(refusals);
  const { lines, accepted, rejected } = shard.counted();
  expect([lines, accepted]).toEqual([series.length + refusals.length, series.length]);
  expect(rejected.unterminated).toBe(refusals.length);
}

describe("where the last line of a datagram must end, one that does not is refused", () => {
  test.each(CASES)("%j", (...row) => {
    const shard = new SmallShard({ requiresEnd: true });
    shard.ingest(row[0]);
    expectOutcome(shard, row);
  });

  test.each(CASES)("%j in a batch", (...row) => {
    const shard = new SmallShard({ requiresEnd: true });
    const { tally } = shard;
    const place = {
      headers: tally.reserve(64),
      names: tally.reserve(128),
      slots: tally.reserve(1_024),
      slotStride: 1_024,
      nameBytes: 128,
    };
    new DataView(tally.heap.buffer).setUint32(place.headers + 56, row[0].length, true);
    tally.heap.set(Buffer.from(row[0], "latin1"), place.slots);
    expect(tally.ingestBatch(place, 0, 1, 100)).toBe(1);
    expectOutcome(shard, row);
  });

  test("and without the option it is a line like any other", () => {
    const shard = new SmallShard();
    shard.ingest("a:1|c\nb:2|c");
    expect(shard.counted().accepted).toBe(2);
  });
});
