import { describe, expect, test } from "vitest";
import { SmallOutput, SmallShard } from "../support/small-shard.ts";

const KINDS = ["c", "g", "s", "h"] as const;

test("a hundred and twenty thousand series of all kinds grow the memory, and every number survives it", () => {
  const shard = new SmallShard({ keysMax: 1_000_000 });
  const before = shard.tally.memory().bytes;
  const count = 30_000;
  for (let from = 0; from < count; from += 200) {
    const lines: string[] = [];
    for (let i = from; i < from + 200; i++)
      for (const kind of KINDS) lines.push(`app.series.${i}:${i % 1_000}|${kind}|#env:prod,shard:${i % 7}`);
    shard.ingest(lines.join("\n"));
  }
  const memory = shard.tally.memory();
  expect(memory.keys).toBe(count * 4);
  expect(memory.series).toEqual({ counter: count, gauge: count, set: count, histogram: count });
  expect(memory.bytes).toBeGreaterThan(before);
  expect(shard.tally.heap.byteLength).toBe(memory.bytes);
  expect(memory.usedBytes).toBeLessThanOrEqual(memory.bytes);
  const output = new SmallOutput();
  output.take(shard);
  let wrong = 0;
  for (let i = 0; i < count; i++) {
    const tags = ["env:prod", `shard:${i % 7}`];
    if (output.tally.counterSum(output.cell("c", `app.series.${i}`, tags)) !== i % 1_000) wrong++;
    if (output.tally.gauge(output.cell("g", `app.series.${i}`, tags)) !== i % 1_000) wrong++;
    if (output.tally.cardinality(output.cell("s", `app.series.${i}`, tags)) !== 1) wrong++;
    if (output.tally.sum(output.cell("h", `app.series.${i}`, tags)) !== i % 1_000) wrong++;
  }
  expect(wrong).toBe(0);
}, 60_000);

describe("churn", () => {
  test("endless new series keep a shard's memory flat once the first ones are old enough to be swept", () => {
    const shard = new SmallShard({ keysMax: 100_000 });
    const rounds: { readonly bytes: number; readonly usedBytes: number; readonly keys: number }[] = [];
    let clock = 1_000_000;
    for (let round = 0; round < 150; round++) {
      const lines: string[] = [];
      for (let i = 0; i < 1_000; i++)
        lines.push(`churn.${round}.${i}:${i}|${KINDS[i % 4]}|#pod:${"x".repeat(i % 60)}${round}`);
      // Pages and big sets come and go too, not only small cells.
      for (let i = 0; i < 2_000; i++) lines.push(`wide.${round}.${i % 5}:${(i + 1) ** 3}|h`, `users.${round}:${i}|s`);
      for (let from = 0; from < lines.length; from += 800) shard.ingest(lines.slice(from, from + 800).join("\n"));
      clock += 10_000;
      shard.tally.setClock(clock);
      for (let part = shard.tally.drain(1 << 20); part.length > 0; part = shard.tally.drain(1 << 20));
      for (let i = 0; i < 20; i++) shard.sweep(30_000);
      const { bytes, usedBytes, keys } = shard.tally.memory();
      rounds.push({ bytes, usedBytes, keys });
    }
    const early = rounds.slice(20, 50);
    const late = rounds.slice(120);
    expect(Math.max(...late.map((round) => round.bytes))).toBeLessThanOrEqual(
      Math.max(...early.map((round) => round.bytes)),
    );
    expect(Math.max(...late.map((round) => round.usedBytes))).toBeLessThanOrEqual(
      Math.max(...early.map((round) => round.usedBytes)) * 1.05,
    );
    expect(Math.max(...late.map((round) => round.keys))).toBeLessThan(10_000);
    expect(shard.bound.size).toBeLessThan(10_000);
  }, 60_000);

  test("series that are still used survive every sweep, also between their drains", () => {
    const shard = new SmallShard();
    const output = new SmallOutput();
    let clock = 1_000_000;
    for (let round = 0; round < 60; round++) {
      shard.tally.setClock(clock);
      shard.ingest(
        `keep:1|c\nkeep:1|h\nkeep:${round}|s\n${Array.from({ length: 50 }, (_, i) => `gone.${round}.${i}:1|c`).join("\n")}`,
      );
      for (let i = 0; i < 5; i++) shard.sweep(30_000);
      output.take(shard);
      for (let i = 0; i < 5; i++) shard.sweep(30_000);
      clock += 10_000;
    }
    expect(output.tally.counterSum(output.cell("c", "keep"))).toBe(60);
    expect(output.tally.count(output.cell("h", "keep"))).toBe(60);
    expect(output.tally.cardinality(output.cell("s", "keep"))).toBe(60);
    expect(shard.bound.size).toBeLessThan(400);
  });

  test("a sweep never frees samples that no drain has taken", () => {
    const shard = new SmallShard();
    const output = new SmallOutput();
    shard.tally.setClock(1_000);
    shard.ingest("late:5|c");
    // The first sweep sees that the key was used, a later one that it is idle.
    for (let hour = 1; hour <= 10; hour++) {
      shard.tally.setClock(hour * 3_600_000);
      for (let i = 0; i < 10; i++) shard.sweep(1_000);
    }
    output.take(shard);
    expect(output.tally.counterSum(output.cell("c", "late"))).toBe(5);
  });

  test("cells that an output allocates and releases for ever keep its memory flat", () => {
    const output = new SmallOutput();
    const shard = new SmallShard();
    const bytes: number[] = [];
    for (let round = 0; round < 60; round++) {
      const source = output.tally.source();
      shard.ingest(
        Array.from({ length: 500 }, (_, i) => `a${i}:${i}|c\na${i}:${(i + round) ** 3}|h\na${i}:${round}|s`).join("\n"),
      );
      const held = [...shard.bound].map(([cell, series]) => {
        const mine = output.tally.allocate(series.row.cell, 0);
        source.map(cell, mine);
        return mine;
      });
      for (let part = shard.tally.drain(1 << 20); part.length > 0; part = shard.tally.drain(1 << 20))
        source.merge(part);
      for (const cell of held) output.tally.release(cell);
      bytes.push(output.tally.memory().bytes);
    }
    expect(bytes.at(-1)).toBe(bytes[10]);
    expect(output.tally.memory().series).toEqual({ counter: 0, gauge: 0, set: 0, histogram: 0 });
  });

  test("a released cell is all zero when it is allocated again", () => {
    const output = new SmallOutput();
    const shard = new SmallShard();
    shard.ingest(`${Array.from({ length: 500 }, (_, i) => `a:${i}|c\na:${i}|h\na:${i}|s`).join("\n")}\na:5|g`);
    output.take(shard);
    for (const cell of output.cells.values()) output.tally.release(cell);
    for (const kind of ["counter", "gauge", "set", "histogram"] as const) {
      const cell = output.tally.allocate(kind, 0);
      expect(output.tally.samples(cell)).toBe(0);
      if (kind === "counter") expect(output.tally.counterSum(cell)).toBe(0);
      if (kind === "gauge") expect(output.tally.gauge(cell)).toBe(0);
      if (kind === "set") expect(output.tally.cardinality(cell)).toBe(0);
      if (kind === "histogram") expect(output.tally.count(cell)).toBe(0);
    }
  });
});

describe("limits", () => {
  test("the key table never holds more than keysMax keys, and lines beyond it are still counted right", () => {
    const shard = new SmallShard({ keysMax: 1_000 });
    for (let i = 0; i < 5_000; i++)
      shard.ingest(`same.series:1|c|#a:1,b:2${",".repeat(i % 200)}${",a:1".repeat(i / 200)}`);
    expect(shard.tally.memory().keys).toBeLessThanOrEqual(1_000);
    expect(shard.tally.counterSum(shard.cell("c", "same.series", ["a:1", "b:2"]))).toBe(5_000);
  });

  test("a key longer than keyBytesMax is limited, not cut", () => {
    const shard = new SmallShard({ keyBytesMax: 100 });
    shard.ingest(`${"n".repeat(101)}:1|c\nok:1|c\nok:1|c|#${"t".repeat(120)}`);
    expect([...shard.cells.keys()]).toEqual(["c|ok|"]);
    expect(shard.tally.counterSum(shard.cell("c", "ok"))).toBe(1);
    expect(shard.rejectedTotal).toBe(0);
  });

  test("when memory is used up nothing traps, every line is accounted for, and known series stay right", () => {
    const shard = new SmallShard({ memoryBytesMax: 4 << 20, keysMax: 1_000_000 });
    const output = new SmallOutput();
    let known = 0;
    for (let round = 0; round < 120; round++) {
      const lines = ["known:1|c", "known:1|c"];
      for (let i = 0; i < 300; i++) {
        lines.push(
          `new.${round}.${i}:1|c|#${"t".repeat(i)}`,
          `wide.${round}:${1.5 ** i}|h`,
          `wide.${round}:-${1.5 ** i}|h`,
          `members.${round}:${i}|s`,
        );
      }
      known += 2;
      for (let from = 0; from < lines.length; from += 200) shard.ingest(lines.slice(from, from + 200).join("\n"));
      output.take(shard, 1 << 16);
      for (let i = 0; i < 4; i++) shard.sweep(1e9);
    }
    expect(shard.tally.memory().bytes).toBeLessThanOrEqual(4 << 20);
    expect(output.tally.counterSum(output.cell("c", "known"))).toBe(known);
    const { lines, accepted, rejected, limited } = shard.counted();
    const refused = [...Object.values(rejected), ...Object.values(limited)].reduce((sum, count) => sum + count, 0);
    expect(lines).toBe(accepted + refused);
    expect(refused).toBeGreaterThan(0);
  });

  test("a refused series is asked for once and stays refused", () => {
    const shard = new SmallShard();
    shard.refuse = "filter";
    shard.ingest("no:1|c\nno:2|c\nno:3:4|c");
    expect(shard.binds).toBe(1);
    expect(shard.bound.size).toBe(0);
    expect(shard.rejectedTotal).toBe(0);
  });

  test("many raw keys of one series feed one cell", () => {
    const shard = new SmallShard();
    shard.ingest(
      "a:1|c|#x:1,y:2\na:1|c|#y:2,x:1\na:1|c|#x:1,,y:2,x:1\na:1|c|@0.5|#y:2,x:1|c:ci-1\na:1|c|c:ci-9|#x:1,y:2",
    );
    expect(shard.bound.size).toBe(1);
    expect(shard.tally.counterSum(shard.cell("c", "a", ["x:1", "y:2"]))).toBe(6);
    expect(shard.binds).toBe(3);
  });
});
