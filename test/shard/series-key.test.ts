import * as fc from "fast-check";
import { expect, test } from "vitest";
import { KINDS } from "../../src/model/kind.ts";
import type { Series } from "../../src/model/series.ts";
import { seriesKey } from "../../src/shard/series-key.ts";

/** Short texts of characters that could be mistaken for a length or a separator. */
const text = fc.string({ unit: fc.constantFrom("0", "1", "2", ":", "-", "+", "\u0000", ",", "é"), maxLength: 4 });
const series: fc.Arbitrary<Series> = fc.record({
  name: text,
  tags: fc.array(text, { maxLength: 3 }),
  kind: fc.constantFrom(...KINDS.map((row) => row.kind)),
  host: fc.option(text, { nil: undefined }),
  layout: fc.constant(0),
});

test("two keys are equal exactly when the series are", () => {
  fc.assert(
    fc.property(series, series, (left, right) => {
      const same =
        JSON.stringify([left.kind, left.host ?? null, left.name, left.tags]) ===
        JSON.stringify([right.kind, right.host ?? null, right.name, right.tags]);
      return Buffer.from(seriesKey(left)).equals(seriesKey(right)) === same;
    }),
    { numRuns: 20_000 },
  );
});

test.each([
  [{ host: undefined }, { host: "" }],
  [{ tags: ["a", "b"] }, { tags: ["a,b"] }],
  [{ tags: ["1:a"] }, { tags: ["", "a"] }],
  [
    { name: "a", tags: ["b"] },
    { name: "a1:b", tags: [] },
  ],
  [{ kind: "timer" as const }, { kind: "histogram" as const }],
])("%j and %j are told apart", (left, right) => {
  const plain: Series = { name: "a", tags: [], kind: "counter", host: undefined, layout: 0 };
  expect(Buffer.from(seriesKey({ ...plain, ...left })).equals(seriesKey({ ...plain, ...right }))).toBe(false);
});

test("the layout is no part of the key", () => {
  const plain: Series = { name: "a", tags: [], kind: "timer", host: undefined, layout: 0 };
  expect(seriesKey({ ...plain, layout: 1 })).toEqual(seriesKey(plain));
});
