import { expect, test } from "vitest";
import { SmallShard } from "../support/small-shard.ts";

/** The table keeps sums of a key and not its bytes: what is nearly the same must still be another one. */

/** Binds each name and tag section as a counter, twice, and says how many keys the tally took them for. */
function keysIn(keys: readonly (readonly [name: string, tags: string])[], keyBytesMax = 65_507): number {
  const shard = new SmallShard({ keyBytesMax, memoryBytesMax: 64 << 20 });
  for (let round = 0; round < 2; round++) {
    for (const [name, tags] of keys) shard.ingest(tags === "" ? `${name}:1|c` : `${name}:1|c|#${tags}`);
  }
  expect(shard.binds).toBe(keys.length);
  return shard.tally.memory().keys;
}

test("every length, from one byte to several blocks, in the name and in the tags", () => {
  const lengths = Array.from({ length: 130 }, (_, i) => i);
  const keys = lengths.flatMap((name) => lengths.map((tags) => ["n".repeat(name + 1), "t".repeat(tags)] as const));
  expect(keysIn(keys)).toBe(keys.length);
});

test("zero bytes at the end, where blocks are filled up with zeros", () => {
  const ends = Array.from({ length: 64 }, (_, i) => "\0".repeat(i));
  const keys = ends.flatMap((name) => ends.map((tags) => [`n${name}`, `t${tags}`] as const));
  expect(keysIn(keys)).toBe(keys.length);
});

test("one bit at any place", () => {
  const flipped = (text: string, at: number, bit: number): string => {
    const bytes = Buffer.from(text, "latin1");
    bytes[at] = (bytes[at] as number) ^ (1 << bit);
    return bytes.toString("latin1");
  };
  const [name, tags] = ["C".repeat(70), "G".repeat(70)];
  const keys: (readonly [string, string])[] = [[name, tags]];
  for (let at = 0; at < 70; at++) {
    for (const bit of [0, 1, 4, 5, 7]) keys.push([flipped(name, at, bit), tags], [name, flipped(tags, at, bit)]);
  }
  expect(keysIn(keys)).toBe(keys.length);
});

test("blocks that change places, halves of blocks too, and the end of the name that moves into the tags", () => {
  const part = (letter: string): string => letter.repeat(16);
  const orders = permutations(["a", "b", "c", "d", "e", "f"]).map((letters) => letters.map(part).join(""));
  const keys = [
    ...orders.map((text) => [text, "x"] as const),
    ...orders.map((text) => ["x", text] as const),
    ...orders.map((text) => [text.slice(0, 64), text.slice(64)] as const),
  ];
  expect(keysIn(keys)).toBe(keys.length);
});

test("keys as long as a datagram, which differ in where two blocks are", () => {
  const [a, b] = ["a".repeat(32), "b".repeat(32)];
  const keys = [32, 4_096, 8_192, 16_384, 32_768, 65_376 - 64].flatMap((apart) => {
    const between = "-".repeat(apart - 32);
    const rest = "-".repeat(65_376 - 32 - apart);
    return [a + between + b + rest, b + between + a + rest];
  });
  expect(keysIn(keys.map((text) => [text, ""] as const))).toBe(keys.length);
  expect(keysIn(keys.map((text) => ["n", text] as const))).toBe(keys.length);
});

test("the kind", () => {
  const shard = new SmallShard();
  for (const type of ["c", "g", "s", "h", "ms", "d"]) shard.ingest(`a:1|${type}|#x`);
  expect(shard.tally.memory().keys).toBe(6);
});

function permutations(items: readonly string[]): string[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}
