import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { Backlog } from "../../src/shard/backlog.ts";

/** A taker that takes `piece` bytes at most, and what it was given. */
function taker(piece: number): {
  readonly take: (bytes: Uint8Array, address: string) => number;
  readonly taken: string[];
} {
  const taken: string[] = [];
  return {
    taken,
    take(bytes, address) {
      const part = bytes.subarray(0, piece);
      taken.push(`${address} ${Buffer.from(part).toString()}`);
      return part.length;
    },
  };
}

async function untilEmpty(backlog: Backlog): Promise<number> {
  let turns = 0;
  for (; !backlog.isEmpty; turns++) await nextTurn();
  return turns;
}

test("what waits is taken in its order, a piece in each turn of the event loop", async () => {
  const { take, taken } = taker(3);
  const backlog = new Backlog(take, 1_000);
  backlog.add(Buffer.from("abcdefg"), "one", 1);
  backlog.add(Buffer.from("123"), "two", 2);
  expect(taken).toEqual([]);
  expect(await untilEmpty(backlog)).toBeGreaterThanOrEqual(4);
  expect(taken).toEqual(["one abc", "one def", "one g", "two 123"]);
});

test("bytes that are used again by whoever gave them are none of its business", async () => {
  const { take, taken } = taker(10);
  const backlog = new Backlog(take, 1_000);
  const bytes = Buffer.from("abc");
  backlog.add(bytes, "one", 1);
  bytes.fill("x");
  await untilEmpty(backlog);
  expect(taken).toEqual(["one abc"]);
});

test("more than may wait is taken at once, the oldest first", async () => {
  const { take, taken } = taker(4);
  const backlog = new Backlog(take, 8);
  backlog.add(Buffer.from("aaaaaaaa"), "one", 1);
  expect(taken).toEqual([]);
  backlog.add(Buffer.from("bb"), "two", 2);
  expect(taken).toEqual(["one aaaa"]);
  await untilEmpty(backlog);
  expect(taken).toEqual(["one aaaa", "one aaaa", "two bb"]);
});

test("it is ready again after it was empty", async () => {
  const { take, taken } = taker(4);
  const backlog = new Backlog(take, 8);
  for (const text of ["a", "b"]) {
    backlog.add(Buffer.from(text), "one", 1);
    await untilEmpty(backlog);
  }
  expect(taken).toEqual(["one a", "one b"]);
});
