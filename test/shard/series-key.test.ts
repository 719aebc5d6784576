import * as fc from "fast-check";
import { expect, test } from "vitest";
import { KINDS } from "../../src/model/kind.ts";
import type { Series } from "../../src/model/series.ts";
import { seriesKey } from "../../src/shard/series-key.ts";

/** Short texts of characters that could be mistaken for a length or a separator. */
const text = fc.string({ unit: fc.constantFrom("0", "1", "2", ":", "-", "+", "\u0000", ",", "é"), maxLength: 2 });
const series: fc.Arbitrary<Series> = fc.record({
  name: text,
  tags: fc.array(text, { maxLength: 3 }),
  kind: fc.constantFrom(...KINDS.map((row) => row.kind)),
  host: fc.option(text, { nil: undefined }),
  layout: fc.constant(0),
});

test("there are as many keys as there are series", () => {
  fc.assert(
    fc.property(fc.array(series, { minLength: 20, maxLength: 60 }), (all) => {
      const keys = new Set(all.map((one) => Buffer.from(seriesKey(one)).toString("hex")));
      const identities = new Set(
        all.map(({ kind, host, name, tags }) => JSON.stringify([kind, host ?? null, name, tags])),
      );
      return keys.size === identities.size;
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  [{ host: undefined }, { host: "" }],
  [{ tags: ["a", "b"] }, { tags: ["a,b"] }],
  [{ tags: ["a", "b"] }, { tags: ["ab"] }],
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
