import { describe, expect, test } from "vitest";
import type { Layout } from "../../src/model/layout.ts";
import { differences } from "../support/compare.ts";
import { Naive } from "../support/naive.ts";
import { Random } from "../support/random.ts";
import type { DeltaOrigin } from "../support/small-shard.ts";
import { drainAll, SmallOutput, SmallShard } from "../support/small-shard.ts";
import { goodLine } from "../support/traffic.ts";

const THRESHOLDS = [-1, 0, 1, 100];
const OPTIONS = { layouts: [{ digits: 2, bounds: THRESHOLDS, thresholds: THRESHOLDS }] as readonly Layout[] };

/** Everything that can be read from a tally, by series key. */
function state(output: SmallOutput): Map<string, readonly number[]> {
  const out = new Map<string, readonly number[]>();
  const { tally } = output;
  for (const [key, cell] of [...output.cells].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const kind = key.slice(0, key.indexOf("|"));
    if (kind === "c") out.set(key, [tally.samples(cell), tally.counterSum(cell), tally.counterNegative(cell)]);
    else if (kind === "g") out.set(key, [tally.samples(cell), tally.gauge(cell)]);
    else if (kind === "s") out.set(key, [tally.samples(cell), tally.cardinality(cell), Number(tally.isExact(cell))]);
    else {
      const bounds = new Float64Array(THRESHOLDS.length);
      tally.boundCounts(cell, bounds);
      const quantiles = [0, 0.1, 0.5, 0.9, 0.99, 1].map((q) => tally.quantile(cell, q));
      out.set(key, [
        tally.samples(cell),
        tally.count(cell),
        tally.sum(cell),
        tally.min(cell),
        tally.max(cell),
        ...bounds,
        ...quantiles,
      ]);
    }
  }
  return out;
}

/** Shards with exact (dyadic) traffic. Gauges are set, or stepped, but no gauge gets both from two shards. */
function loadedShards(
  seed: number,
  count: number,
  lines: number,
): { readonly shards: SmallShard[]; readonly naive: Naive } {
  const random = new Random(seed);
  const naive = new Naive();
  const shards = Array.from({ length: count }, (_, i) => new SmallShard({ ...OPTIONS, keySeed: BigInt(i + 1) }));
  let clock = 1_000_000;
  for (let i = 0; i < lines;) {
    const line = goodLine(random, { names: 6, broken: 0, dyadic: true });
    if (line.ordered) continue;
    const shard = random.pick(shards);
    shard.tally.setClock(clock++);
    shard.ingest(line.bytes);
    naive.ingest(line.bytes);
    i++;
  }
  return { shards, naive };
}

function merged(parts: readonly (readonly [DeltaOrigin, Uint8Array])[]): SmallOutput {
  const output = new SmallOutput(OPTIONS);
  for (const [origin, part] of parts) output.merge(origin, part);
  return output;
}

describe("merge", () => {
  test.each([1, 2, 3])("is commutative: any order of all parts gives the same numbers (seed %d)", (seed) => {
    const { shards, naive } = loadedShards(seed, 3, 6_000);
    const parts = shards.flatMap((shard) => drainAll(shard, 2_000).map((part) => [shard, part] as const));
    expect(parts.length).toBeGreaterThan(6);
    const want = merged(parts);
    expect(differences(want.tally, want.cells, naive.series)).toEqual([]);
    const random = new Random(seed);
    for (let round = 0; round < 10; round++) expect(state(merged(random.shuffle(parts)))).toEqual(state(want));
  });

  test.each([4, 5, 6])("is associative: tallies of tallies give the same numbers (seed %d)", (seed) => {
    const { shards, naive } = loadedShards(seed, 4, 6_000);
    const parts = shards.map((shard) => drainAll(shard).map((part) => [shard, part] as const));
    const flat = merged(parts.flat());
    const left = merged([...(parts[0] ?? []), ...(parts[1] ?? [])]);
    const right = merged([...(parts[2] ?? []), ...(parts[3] ?? [])]);
    const top = new SmallOutput(OPTIONS);
    top.take(right);
    top.take(left);
    expect(state(top)).toEqual(state(flat));
    expect(differences(top.tally, top.cells, naive.series)).toEqual([]);
  });

  test("does not depend on how the lines were split over tallies, or on when those were drained", () => {
    const lines: string[] = [];
    const random = new Random(77);
    while (lines.length < 8_000) {
      const line = goodLine(random, { names: 5, broken: 0, dyadic: true });
      if (!line.ordered) lines.push(line.bytes);
    }
    const results = [1, 2, 5, 8].map((count) => {
      const shards = Array.from({ length: count }, () => new SmallShard(OPTIONS));
      const output = new SmallOutput(OPTIONS);
      for (const [i, line] of lines.entries()) {
        const shard = random.pick(shards);
        shard.tally.setClock(1_000 + i);
        shard.ingest(line);
        if (random.chance(0.01)) output.take(random.pick(shards), 3_000);
      }
      for (const shard of shards) output.take(shard);
      return state(output);
    });
    for (const result of results) expect(result).toEqual(results[0]);
  });

  test("skips cells without a mapping and leaves the others right", () => {
    const shard = new SmallShard();
    shard.ingest("a:1|c\nb:2|c\nc:3|h\nd:4|h\ne:x|s\nf:y|s");
    const output = new SmallOutput();
    const source = output.tally.source();
    const counter = output.tally.allocate("counter", 0);
    const histogram = output.tally.allocate("histogram", 0);
    source.map(shard.cell("c", "b"), counter);
    source.map(shard.cell("h", "d"), histogram);
    for (const part of drainAll(shard)) source.merge(part);
    expect(output.tally.counterSum(counter)).toBe(2);
    expect(output.tally.sum(histogram)).toBe(4);
  });

  test("adds two series of one shard into one cell when both are mapped there", () => {
    const shard = new SmallShard();
    shard.ingest("a:1|c\nb:2|c\nc:3|h\nd:4|h\ne:x|s\nf:x|s");
    const output = new SmallOutput();
    const source = output.tally.source();
    const cells = [
      output.tally.allocate("counter", 0),
      output.tally.allocate("histogram", 0),
      output.tally.allocate("set", 0),
    ] as const;
    for (const [kind, name, to] of [
      ["c", "a", 0],
      ["c", "b", 0],
      ["h", "c", 1],
      ["h", "d", 1],
      ["s", "e", 2],
      ["s", "f", 2],
    ] as const) {
      source.map(shard.cell(kind, name), cells[to]);
    }
    for (const part of drainAll(shard)) source.merge(part);
    expect(output.tally.counterSum(cells[0])).toBe(3);
    expect(output.tally.count(cells[1])).toBe(2);
    expect(output.tally.cardinality(cells[2])).toBe(1);
  });
});

describe("drain", () => {
  test("leaves zero, and a second drain gives nothing", () => {
    const { shards } = loadedShards(11, 1, 3_000);
    const shard = shards[0] as SmallShard;
    expect(drainAll(shard, 1_000).length).toBeGreaterThan(1);
    expect(shard.tally.drain(1_000).length).toBe(0);
    for (const [cell, { row }] of shard.bound) {
      expect(shard.tally.samples(cell)).toBe(0);
      if (row.cell === "counter") expect(shard.tally.counterSum(cell)).toBe(0);
      if (row.cell === "set") expect(shard.tally.cardinality(cell)).toBe(0);
      if (row.cell === "histogram") expect(shard.tally.count(cell)).toBe(0);
    }
  });

  test("gives bytes that the caller owns: later samples do not change them", () => {
    const shard = new SmallShard();
    shard.ingest("a:1|c\nt:1|h\nu:x|s\ng:1|g");
    const parts = drainAll(shard);
    const copies = parts.map((part) => Uint8Array.from(part));
    shard.ingest("a:2|c\nt:2|h\nu:y|s\ng:2|g\n".repeat(1_000));
    drainAll(shard);
    expect(parts).toEqual(copies);
  });

  test("keeps samples that arrive between two parts of it for the next part or the next drain", () => {
    const shard = new SmallShard();
    const output = new SmallOutput();
    const names = Array.from({ length: 2_000 }, (_, i) => `c${i}`);
    let sent = 0;
    for (let round = 0; round < 50; round++) {
      shard.ingest(names.map((name) => `${name}:1|c`).join("\n"));
      sent += names.length;
      const part = shard.tally.drain(4_096);
      if (part.length > 0) output.merge(shard, part);
    }
    // The first ends the drain that is under way, the second brings what came after it had begun.
    output.take(shard);
    output.take(shard);
    expect([...output.cells.values()].reduce((sum, cell) => sum + output.tally.counterSum(cell), 0)).toBe(sent);
  });
});
