import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LabelSets } from "../../../src/output/prometheus/label-sets.ts";
import type { LabelBytes } from "../../../src/output/prometheus/format/encoder.ts";

const into: LabelBytes = { bytes: new Uint8Array(0), from: 0, to: 0 };

describe("sets of labels", () => {
  test("what is equal is one set, as long as somebody holds it", () => {
    const sets = new LabelSets();
    const first = sets.hold('{env="prod"}');
    expect(sets.hold('{env="prod"}')).toBe(first);
    expect(sets.hold('{env="dev"}')).not.toBe(first);
    expect(sets.size).toBe(2);
    sets.release(first);
    expect(sets.find('{env="prod"}')).toBe(first);
    expect(sets.textOf(first)).toBe('{env="prod"}');
    sets.release(first);
    expect(sets.find('{env="prod"}')).toBeUndefined();
    expect(sets.size).toBe(1);
  });

  test("no labels are a set too", () => {
    const sets = new LabelSets();
    const none = sets.hold("");
    expect(sets.find("")).toBe(none);
    expect(sets.textOf(none)).toBe("");
    sets.read(none, into);
    expect([into.to - into.from, into.plain]).toEqual([0, 0]);
  });

  test("a number is used again once it is free", () => {
    const sets = new LabelSets();
    const held = Array.from({ length: 1_000 }, (_, i) => sets.hold(`{i="${i}"}`));
    for (const set of held) sets.release(set);
    expect(sets.size).toBe(0);
    const again = Array.from({ length: 1_000 }, (_, i) => sets.hold(`{j="${i}"}`));
    expect(Math.max(...again)).toBeLessThan(1_000);
    expect(again.map((set) => sets.textOf(set))).toEqual(again.map((_, i) => `{j="${i}"}`));
  });

  test("the bytes are those of the text without its braces, and plain labels are counted", () => {
    const sets = new LabelSets();
    const plain = sets.hold('{a="1",b="2"}');
    sets.read(plain, into);
    expect(Buffer.from(into.bytes.subarray(into.from, into.to)).toString()).toBe('a="1",b="2"');
    expect(into.plain).toBe(2);
    sets.read(sets.hold('{a="\\""}'), into);
    expect(into.plain).toBeUndefined();
  });

  test("whatever is held and released, a set is found exactly while it is held, with its text", () => {
    const step = fc.record({
      labels: fc
        .string({ unit: "grapheme", maxLength: 40 })
        .map((text) => (text === "" ? "" : `{a=${JSON.stringify(text)}}`)),
      isHeld: fc.boolean(),
      pick: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const sets = new LabelSets();
        const model = new Map<string, { set: number; holders: number }>();
        for (const { labels, isHeld, pick } of steps) {
          const held = [...model.keys()];
          if (isHeld || held.length === 0) {
            const set = sets.hold(labels);
            const known = model.get(labels);
            if (known !== undefined) expect(set).toBe(known.set);
            model.set(labels, { set, holders: (known?.holders ?? 0) + 1 });
          } else {
            const chosen = held[pick % held.length] as string;
            const known = model.get(chosen) as { set: number; holders: number };
            sets.release(known.set);
            if (--known.holders === 0) model.delete(chosen);
          }
        }
        expect(sets.size).toBe(model.size);
        for (const [labels, { set }] of model) {
          expect(sets.find(labels)).toBe(set);
          expect(sets.textOf(set)).toBe(labels);
        }
        expect(new Set([...model.values()].map(({ set }) => set)).size).toBe(model.size);
      }),
    );
  });
});
