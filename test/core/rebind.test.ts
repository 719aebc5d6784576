import { describe, expect, it } from "vitest";
import { SmallOutput, SmallShard } from "../support/small-shard.ts";

/** Rules change while series live: every raw key is asked for again, and cells keep what they hold. */
describe("rebind", () => {
  it("asks for each raw key again, once, and goes on with the cell that the answer names", () => {
    const shard = new SmallShard();
    shard.ingest("a:1|c\nb:2|c\na:1|c");
    shard.tally.rebind(false);
    shard.ingest("a:1|c\na:1|c\nb:5|c");
    expect(shard.binds).toBe(4);
    const output = new SmallOutput();
    output.take(shard);
    expect(output.tally.counterSum(output.cell("c", "a"))).toBe(4);
    expect(output.tally.counterSum(output.cell("c", "b"))).toBe(7);
  });

  it("takes the new answer: what was kept may be limited now", () => {
    const shard = new SmallShard();
    shard.ingest("a:1|c");
    shard.refuse = "filter";
    shard.ingest("a:1|c");
    expect(shard.counted().limited.filter).toBe(0);
    shard.tally.rebind(false);
    shard.ingest("a:1|c\na:1|c");
    expect(shard.counted().limited.filter).toBe(2);
    shard.refuse = undefined;
    shard.tally.rebind(false);
    shard.ingest("a:1|c");
    expect(shard.counted().accepted).toBe(3);
  });

  it("frees the old keys of a large table piece by piece, while lines go on", () => {
    const shard = new SmallShard();
    const names = Array.from({ length: 100_000 }, (_, i) => `series.${i}:1|c`);
    for (let i = 0; i < names.length; i += 1_000) shard.ingest(names.slice(i, i + 1_000).join("\n"));
    expect(shard.tally.memory().keys).toBe(100_000);
    shard.tally.rebind(false);
    let pieces = 1;
    for (; shard.tally.forgetStale(); pieces++) shard.ingest(names.slice(0, 1_000).join("\n"));
    expect(pieces).toBeGreaterThan(1);
    expect(shard.tally.memory().keys).toBe(1_000);
    expect(shard.binds).toBe(101_000);
    for (let i = 0; i < names.length; i += 1_000) shard.ingest(names.slice(i, i + 1_000).join("\n"));
    expect(shard.tally.memory().series.counter).toBe(100_000);
    expect(shard.tally.memory().keys).toBe(100_000);
  });

  it("lets a series go that no key leads to any more, once it was idle", () => {
    const shard = new SmallShard();
    shard.ingest("a:1|c\nb:1|c");
    shard.tally.rebind(false);
    while (shard.tally.forgetStale());
    new SmallOutput().take(shard);
    shard.tally.setClock(700_000);
    shard.ingest("a:1|c");
    new SmallOutput().take(shard);
    for (let i = 0; i < 40; i++) shard.sweep(600_000);
    expect([...shard.cells.keys()]).toHaveLength(1);
  });

  it("reads origin fields from then on, where the new rules want them", () => {
    const shard = new SmallShard();
    shard.ingest("a:1|c|c:abc");
    shard.tally.rebind(true);
    shard.ingest("a:1|c|c:abc\na:1|c|c:def");
    expect(shard.binds).toBe(3);
  });

  it("is the same 65,536 times later: an epoch that comes round again finds no old keys", () => {
    const shard = new SmallShard();
    for (let i = 0; i < 65_537; i++) {
      shard.tally.rebind(false);
      while (shard.tally.forgetStale());
      if (i % 8_192 === 0) shard.ingest("a:1|c");
    }
    expect(shard.binds).toBe(9);
    expect(shard.tally.memory().keys).toBe(1);
  });
});
