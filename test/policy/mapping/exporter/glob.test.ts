import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createGlobFinder } from "../../../../src/policy/mapping/exporter/glob.ts";

const ALWAYS = (): boolean => true;

function find(matches: readonly string[], name: string, isOrdered = true): string | undefined {
  const rules = matches.map((match, rule) => ({ rule, match }));
  const found = createGlobFinder(rules, isOrdered)(name, ALWAYS);
  return found && `${matches[found.rule]} (${found.captures.join(",")})`;
}

/** The model: segments are compared one by one, `*` is any text without a dot. */
function fits(match: string, name: string): boolean {
  const [globs, segments] = [match.split("."), name.split(".")];
  return globs.length === segments.length && globs.every((glob, index) => segmentFits(glob, segments[index] as string));
}

function segmentFits(glob: string, segment: string): boolean {
  if (glob === "") return segment === "";
  if (glob.startsWith("*")) {
    for (let end = 0; end <= segment.length; end++) {
      if (segmentFits(glob.slice(1), segment.slice(end))) return true;
    }
    return false;
  }
  return segment.startsWith(glob[0] as string) && segmentFits(glob.slice(1), segment.slice(1));
}

/** From left to right: a text before a pattern before `*`, patterns by their number of fixed characters. */
function specificity(glob: string): number {
  if (glob === "*") return 0;
  return glob.includes("*") ? glob.replaceAll("*", "").length : 1_000;
}

function moreSpecific(left: string, right: string): boolean {
  const others = right.split(".");
  for (const [index, glob] of left.split(".").entries()) {
    const difference = specificity(glob) - specificity(others[index] as string);
    // Of two patterns with as many fixed characters the one that comes first in the file decides.
    if (difference !== 0 || glob !== others[index]) return difference > 0;
  }
  return false;
}

const segment = fc.constantFrom("a", "b", "ab", "aab", "ba", "c");
const glob = fc.oneof(
  { weight: 3, arbitrary: segment },
  { weight: 3, arbitrary: fc.constant("*") },
  fc.constantFrom("a*", "*b", "a*b", "*a*"),
);
const matches = fc.array(
  fc.array(glob, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(".")),
  { minLength: 1, maxLength: 12 },
);
const name = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("."));

describe("globs against the naive model", () => {
  test("ordered: the first rule that fits", () => {
    fc.assert(
      fc.property(matches, name, (rules, asked) => {
        const finder = createGlobFinder(
          rules.map((match, rule) => ({ rule, match })),
          true,
        );
        const want = rules.findIndex((match) => fits(match, asked));
        expect(finder(asked, ALWAYS)?.rule ?? -1).toBe(want);
      }),
      { numRuns: 20_000 },
    );
  });

  test("ordered, with rules that are for others: the first one that fits and suits", () => {
    fc.assert(
      fc.property(matches, name, fc.integer({ min: 0, max: 7 }), (rules, asked, mask) => {
        const suits = (rule: number): boolean => (rule & mask) === 0;
        const finder = createGlobFinder(
          rules.map((match, rule) => ({ rule, match })),
          true,
        );
        const want = rules.findIndex((match, rule) => suits(rule) && fits(match, asked));
        expect(finder(asked, suits)?.rule ?? -1).toBe(want);
      }),
      { numRuns: 5_000 },
    );
  });

  test("unordered: none that fits is more specific, and one is found where one fits", () => {
    fc.assert(
      fc.property(matches, name, (rules, asked) => {
        const finder = createGlobFinder(
          rules.map((match, rule) => ({ rule, match })),
          false,
        );
        const all = rules.filter((match) => fits(match, asked));
        const found = finder(asked, ALWAYS)?.rule;
        expect(found !== undefined).toBe(all.length > 0);
        if (found === undefined) return;
        const chosen = rules[found] as string;
        expect(all.filter((match) => moreSpecific(match, chosen))).toEqual([]);
      }),
      { numRuns: 20_000 },
    );
  });

  test("captures put into the stars make the name again", () => {
    fc.assert(
      fc.property(matches, name, (rules, asked) => {
        const found = createGlobFinder(
          rules.map((match, rule) => ({ rule, match })),
          true,
        )(asked, ALWAYS);
        if (found === undefined) return;
        const captures = [...found.captures];
        expect((rules[found.rule] as string).replaceAll("*", () => captures.shift() ?? "?")).toBe(asked);
        expect(captures).toEqual([]);
      }),
      { numRuns: 10_000 },
    );
  });
});

test.each([
  ["a rule that is the beginning of an earlier one", ["a.b.c", "a.b"], "a.b", true, "a.b ()"],
  ["a duplicate does not take the place of the first", ["a.*", "*.x", "a.*"], "a.x", true, "a.* (x)"],
  ["a branch that comes to nothing is left again", ["a.a", "*.*"], "a.b", false, "*.* (a,b)"],
  ["an empty segment is a segment", ["a.*.b"], "a..b", true, "a.*.b ()"],
  ["a star that stands in the name", ["a.*"], "a.*", true, "a.* (*)"],
  ["a part of a segment", ["req-*.ok"], "req-42.ok", true, "req-*.ok (42)"],
  ["several stars in a segment", ["a*b*c"], "aXbbYc", true, "a*b*c (X,bY)"],
  ["the case counts", ["foo.*"], "Foo.bar", true, undefined],
  ["fewer segments do not fit", ["a.*"], "a", true, undefined],
  ["more fixed text is more specific", ["a.*x", "a.fo*x"], "a.fox", false, "a.fo*x ()"],
])("%s", (_what, rules, asked, isOrdered, want) => {
  expect(find(rules, asked, isOrdered)).toBe(want);
});

test("a hostile name costs what the rules have nodes, and not their combinations", () => {
  const rules = Array.from({ length: 1_000 }, (_, index) => `${"*.".repeat(30)}x${index}`);
  const finder = createGlobFinder(
    rules.map((match, rule) => ({ rule, match })),
    true,
  );
  const asked = "a.".repeat(30_000);
  const startMs = performance.now();
  for (let round = 0; round < 20; round++) expect(finder(asked, ALWAYS)).toBeUndefined();
  expect(performance.now() - startMs).toBeLessThan(1_000);
});
