import { describe, expect, test } from "vitest";
import { SmallShard } from "../support/small-shard.ts";

/** The tag section that is handed over for one line, where origin fields belong to the key. */
function handed(line: string): string | undefined {
  const shard = new SmallShard({ readsOrigin: true });
  shard.ingest(line);
  return [...shard.bound.values()][0]?.rawTags;
}

describe("with origin fields in the key", () => {
  test.each([
    ["a:1|c", ""],
    ["a:1|c|#t:1", "t:1"],
    ["a:1|c|c:ci-7f", "\nc:ci-7f"],
    ["a:1|c|#t:1|c:ci-7f|e:it-false,cn-web|card:low", "t:1\nc:ci-7f|e:it-false,cn-web|card:low"],
    ["a:1|c|card:low|e:cn-web|c:7f|#t:1", "t:1\nc:7f|e:cn-web|card:low"],
    ["a:1|c|c:first|c:last", "\nc:last"],
    ["a:1|c|c:first|c:", ""],
    ["a:1|c|c:|e:|card:", ""],
    ["a:1|c|#t|c:|card:x", "t\ncard:x"],
    ["a:1|c|c:7f\r\n", "\nc:7f"],
    ["a:1|c|#t|card:\r\n", "t"],
    ["a:1|c|x:y|cc:1|cards:2|e|c", ""],
    ["a:1:2|d|@0.5|#t|c:7f", "t\nc:7f"],
    ["a:b:c|s|c:7f", "\nc:7f"],
    ["a:1|c|#first|#last|c:7f", "last\nc:7f"],
    ["a:1|c|c:\xff\x00\xfe", "\nc:\xff\x00\xfe"],
  ])("%j hands over %j", (line, want) => expect(handed(line)).toBe(want));

  test("the order of the fields makes no other key, their text does", () => {
    const shard = new SmallShard({ readsOrigin: true });
    shard.ingest("a:1|c|c:1|card:x\na:1|c|card:x|c:1\na:1|c|c:2|card:x\na:1|c\na:1|c\n");
    expect(shard.binds).toBe(3);
  });

  test("a refused line leaves nothing of its origin to the next", () => {
    const shard = new SmallShard({ readsOrigin: true });
    shard.ingest("a:1|c|c:7f|@x\nb:1|c\nc:x|c|c:7f\nd:1|c|#t\n");
    expect([...shard.bound.values()].map(({ name, rawTags }) => [name, rawTags])).toEqual([
      ["b", ""],
      ["d", "t"],
    ]);
  });

  test("the longest line is one key, and too long where the limit says so", () => {
    const tags = "t".repeat(32_000);
    const id = "i".repeat(33_000);
    const line = `a:1|c|#${tags}|c:${id}`;
    const shard = new SmallShard({ readsOrigin: true, keyBytesMax: 65_507 });
    shard.ingest(line);
    shard.ingest(line);
    expect(shard.binds).toBe(1);
    expect([...shard.bound.values()][0]?.rawTags).toBe(`${tags}\nc:${id}`);
    const small = new SmallShard({ readsOrigin: true, keyBytesMax: 64_000 });
    small.ingest(line);
    expect(small.tally.counters().limited.key_bytes).toBe(1);
  });
});

test("without it origin fields are passed over", () => {
  const shard = new SmallShard();
  shard.ingest("a:1|c|#t|c:1|card:x\na:1|c|#t|c:2\na:1|c|#t\n");
  expect(shard.binds).toBe(1);
  expect([...shard.bound.values()][0]?.rawTags).toBe("t");
});
