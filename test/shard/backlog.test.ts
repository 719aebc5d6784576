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

const TURN_MS = 2;

/** A backlog whose taker takes `piece` bytes at most, which cost `costMs` of a clock that stands still otherwise. */
function backlogOf(
  piece: number,
  { costMs = 0, bytesMax = 1_000 }: { costMs?: number; bytesMax?: number } = {},
): { readonly backlog: Backlog; readonly taken: string[] } {
  const { take, taken } = taker(piece);
  let nowMs = 0;
  const slow: typeof take = (bytes, address) => {
    nowMs += costMs;
    return take(bytes, address);
  };
  return { backlog: new Backlog(slow, bytesMax, TURN_MS, () => nowMs), taken };
}

async function untilEmpty(backlog: Backlog): Promise<number> {
  let turns = 0;
  for (; !backlog.isEmpty; turns++) await nextTurn();
  return turns;
}

test("what comes is taken at once, and what its taker leaves of it in the next turns", async () => {
  const { backlog, taken } = backlogOf(3);
  backlog.add(Buffer.from("abcdefg"), "one", 1);
  expect(taken).toEqual(["one abc"]);
  backlog.add(Buffer.from("123"), "two", 2);
  expect(taken).toEqual(["one abc"]);
  await untilEmpty(backlog);
  expect(taken).toEqual(["one abc", "one def", "one g", "two 123"]);
});

test("a turn of the event loop takes for its time, whoever sends; the others wait in their order", async () => {
  const { backlog, taken } = backlogOf(10, { costMs: 1 });
  for (const name of ["one", "two", "three", "four", "five"]) backlog.add(Buffer.from("a"), name, 1);
  expect(taken).toEqual(["one a", "two a"]);
  await nextTurn();
  expect(taken).toEqual(["one a", "two a", "three a", "four a"]);
  await untilEmpty(backlog);
  expect(taken).toEqual(["one a", "two a", "three a", "four a", "five a"]);
});

test("it says when nothing waits any more", async () => {
  const { backlog, taken } = backlogOf(1, { costMs: TURN_MS });
  expect(backlog.whenEmpty()).toBeUndefined();
  backlog.add(Buffer.from("abc"), "one", 1);
  await backlog.whenEmpty();
  expect(taken).toEqual(["one a", "one b", "one c"]);
  expect(backlog.whenEmpty()).toBeUndefined();
});

test("bytes that are used again by whoever gave them are none of its business", async () => {
  const { backlog, taken } = backlogOf(1);
  const bytes = Buffer.from("abc");
  backlog.add(bytes, "one", 1);
  bytes.fill("x");
  await untilEmpty(backlog);
  expect(taken).toEqual(["one a", "one b", "one c"]);
});

test("more than may wait is taken at once, the oldest first", async () => {
  const { backlog, taken } = backlogOf(4, { bytesMax: 8 });
  backlog.add(Buffer.from("aaaaaaaaaaaa"), "one", 1);
  expect(taken).toEqual(["one aaaa"]);
  backlog.add(Buffer.from("bb"), "two", 2);
  expect(taken).toEqual(["one aaaa", "one aaaa"]);
  await untilEmpty(backlog);
  expect(taken).toEqual(["one aaaa", "one aaaa", "one aaaa", "two bb"]);
});

test("it is ready again after it was empty", async () => {
  const { backlog, taken } = backlogOf(1);
  for (const text of ["ab", "cd"]) {
    backlog.add(Buffer.from(text), "one", 1);
    await untilEmpty(backlog);
  }
  expect(taken).toEqual(["one a", "one b", "one c", "one d"]);
});
