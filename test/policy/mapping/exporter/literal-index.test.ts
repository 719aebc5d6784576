import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LiteralIndex } from "../../../../src/policy/mapping/exporter/literal-index.ts";

test("finds exactly the texts that stand in a name, in order", () => {
  const text = (maxLength: number): fc.Arbitrary<string> =>
    fc.string({ unit: fc.constantFrom("a", "b", "é", "😱"), maxLength });
  fc.assert(
    fc.property(fc.array(text(6), { maxLength: 10 }), text(20), (literals, name) => {
      const want = [...literals.keys()].filter((index) => name.includes(literals[index] as string));
      expect(new LiteralIndex(literals).standingIn(name)).toEqual(want);
    }),
    { numRuns: 5_000 },
  );
});
