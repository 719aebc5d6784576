import * as fc from "fast-check";
import { RE2JS } from "re2js";
import { expect, test } from "vitest";
import { literalOf } from "../../../../src/policy/mapping/exporter/literal.ts";

test.each([
  ["^app\\.(\\w+)\\.time$", ".time"],
  ["(a|b)\\.count.*", ".count"],
  ["foo\\.(.*)\\.bar", "foo."],
  ["abc+d", "abc"],
  ["abc?d", "ab"],
  ["abc{2}d", "ab"],
  ["a[b]]cde", "]cde"],
  ["a[]x]cde", "cde"],
  ["[[:alpha:]]xyz", "xyz"],
  ["a\\dbcd", "bcd"],
  ["a|b", ""],
  ["a{|b}c", ""],
  ["(?i)abc", ""],
  ["(?i:a)bc", ""],
  ["(?:ab)cd", "cd"],
  ["(?P<name>a)bcd", "bcd"],
  ["\\Qa|b\\E", ""],
  ["\\x41bc", ""],
  ["", ""],
])("a name that %s fits holds %j", (pattern, literal) => {
  expect(literalOf(pattern)).toBe(literal);
});

test("whatever fits an expression holds its literal", () => {
  const piece = fc.constantFrom(
    "a",
    "b",
    ".",
    "\\.",
    "(a|b)",
    "[ab]",
    "[^a]",
    "*",
    "+",
    "?",
    "{2}",
    "|",
    "^",
    "$",
    "(",
    ")",
    "ab",
    "(?:b)",
    "\\w",
    "é",
    "😱",
  );
  const pattern = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
  const name = fc.string({ unit: fc.constantFrom("a", "b", ".", "c", "é", "😱"), maxLength: 12 });
  let fitting = 0;
  fc.assert(
    fc.property(pattern, fc.array(name, { minLength: 5, maxLength: 5 }), (source, names) => {
      let expression: RE2JS;
      try {
        expression = RE2JS.compile(source);
      } catch {
        return;
      }
      for (const asked of names.filter((candidate) => expression.matcher(candidate).find())) {
        fitting++;
        expect(asked).toContain(literalOf(source));
      }
    }),
    { numRuns: 20_000 },
  );
  expect(fitting).toBeGreaterThan(1_000);
});
