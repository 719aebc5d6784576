import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TextArena } from "../../../src/output/prometheus/text-arena.ts";
import { TextIndex } from "../../../src/output/prometheus/text-index.ts";

const MIB = 1 << 20;

function read(arena: TextArena, address: number, length: number): Buffer {
  const from = arena.offset(address);
  return Buffer.from(arena.chunk(address).subarray(from, from + length));
}

describe("an arena of texts", () => {
  test("keeps every text as it is while others come and go", () => {
    const text = fc.record({ byte: fc.nat(255), length: fc.oneof(fc.nat(200), fc.nat(3 * MIB)) });
    fc.assert(
      fc.property(
        fc.array(fc.record({ add: text, free: fc.option(fc.nat()) }), { maxLength: 60, size: "max" }),
        (steps) => {
          const arena = new TextArena();
          const kept: { address: number; bytes: Buffer }[] = [];
          for (const { add, free } of steps) {
            const bytes = Buffer.alloc(add.length, add.byte);
            kept.push({ address: arena.add(bytes, bytes.length), bytes });
            if (free === null || kept.length === 0) continue;
            const [gone] = kept.splice(free % kept.length, 1);
            if (gone !== undefined) arena.free(gone.address, gone.bytes.length);
          }
          for (const { address, bytes } of kept) expect(read(arena, address, bytes.length).equals(bytes)).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("uses freed places again, so that endless churn takes no more memory", () => {
    const arena = new TextArena();
    const bytes = Buffer.alloc(200, 1);
    const live = Array.from({ length: 20_000 }, (_, index) => arena.add(bytes, 50 + (index % 150)));
    const before = arena.bytes;
    for (let round = 0; round < 10; round += 1) {
      for (const [index, address] of live.entries()) arena.free(address, 50 + (index % 150));
      for (const index of live.keys()) live[index] = arena.add(bytes, 50 + (index % 150));
    }
    expect(arena.bytes).toBe(before);
  });

  test("gives the memory of a large text back", () => {
    const arena = new TextArena();
    const address = arena.add(new Uint8Array(5 * MIB), 5 * MIB);
    expect(arena.bytes).toBe(5 * MIB);
    arena.free(address, 5 * MIB);
    expect(arena.bytes).toBe(0);
  });
});

test("an index finds what a Map finds, with hashes that clash, through adding and removing", () => {
  const steps = fc.array(fc.record({ row: fc.nat(150), hash: fc.nat(40) }), {
    minLength: 50,
    maxLength: 600,
    size: "max",
  });
  fc.assert(
    fc.property(steps, (chosen) => {
      const index = new TextIndex();
      const hashes = new Uint32Array(151);
      const model = new Set<number>();
      for (const { row, hash } of chosen) {
        if (model.delete(row)) index.remove(row, hashes);
        else {
          hashes[row] = hash;
          model.add(row);
          index.add(row, hashes);
        }
      }
      expect(index.size).toBe(model.size);
      for (let row = 0; row <= 150; row += 1) {
        const found = index.find(hashes[row] as number, hashes, (other) => other === row);
        expect(found).toBe(model.has(row) ? row : -1);
      }
    }),
  );
});
