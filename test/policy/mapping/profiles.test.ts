import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IDENTITY } from "../../../src/policy/mapping/mapping.ts";
import type { Mapped } from "../../../src/policy/mapping/mapping.ts";
import type { Profile } from "../../../src/policy/mapping/profile.ts";
import { readProfiles } from "../../../src/policy/mapping/profile.ts";
import { createProfileMapping } from "../../../src/policy/mapping/profiles.ts";
import { naiveMap } from "./naive-mapper.ts";

interface Rule {
  readonly match: string;
  readonly name?: string;
  readonly match_type?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

function read(given: unknown): readonly Profile[] {
  const { profiles, problems } = readProfiles(given);
  expect(problems).toEqual([]);
  return profiles;
}

function one(rule: Rule, prefix = "*"): readonly Profile[] {
  return read([{ name: "p", prefix, mappings: [{ name: "mapped", ...rule }] }]);
}

function map(profiles: readonly Profile[], name: string, tags: readonly string[] = []): Mapped {
  return createProfileMapping(profiles).map(name, tags);
}

describe("a wildcard stands for everything but a dot, and the whole name counts", () => {
  test.each<[string, string, boolean]>([
    ["a.*", "a.b", true],
    ["a.*", "a.", true],
    ["a.*", "a", false],
    ["a.*", "a.b.c", false],
    ["a.*", "xa.b", false],
    ["a.*.c", "a.b.c", true],
    ["a.*.c", "a.b.cc", false],
    ["*", "abc", true],
    ["*", "a.b", false],
    ["a*c*e", "abcde", true],
    ["a*c*e", "abde", false],
    ["a.b", "axb", false],
    ["a-b_c", "a-b_c", true],
    ["a.*", "a.\nb", true],
    ["a.*", "a.b\n", true],
    ["a.*", "a.é\u{1f600}", true],
  ])("%s and %j: %s", (match, name, isMapped) => {
    expect(map(one({ match }), name)).toMatchObject({ name: isMapped ? "mapped" : name });
  });
});

describe("a regex is RE2, between anchors without a group", () => {
  test.each<[string, string, boolean]>([
    ["a\\.(.*)", "a.b.c", true],
    ["a\\.(.*)", "xa.b", false],
    ["a|b", "axxx", true],
    ["a|b", "xxxb", true],
    ["a|b", "xxxa", false],
    ["(a|b)", "axxx", false],
    ["(?i)abc", "ABC", true],
    ["a.*", "a\nb", false],
    ["(?s)a.*", "a\nb", true],
    ["\\d+", "12", true],
    ["[[:alpha:]]+", "ab", true],
  ])("%s and %j: %s", (match, name, isMapped) => {
    expect(map(one({ match, match_type: "regex" }), name)).toMatchObject({ name: isMapped ? "mapped" : name });
  });
});

test("tags of the mapping come behind the client's, and the name is built from what matched", () => {
  const profiles = one({ match: "job.*.*", name: "job.$2", tags: { type: "$1", both: "${1}_${2}", fixed: "x" } });
  expect(map(profiles, "job.a.b", ["client", "type:mine"])).toEqual({
    name: "job.b",
    tags: ["client", "type:mine", "type:a", "both:a_b", "fixed:x"],
    rule: 'profile "p", mapping 1: job.*.*',
  });
});

test("a group of a regex may have a name", () => {
  const profiles = one({ match: "(?P<app>[^.]+)\\.x", match_type: "regex", name: "$app.y", tags: { no: "$other" } });
  expect(map(profiles, "shop.x")).toMatchObject({ name: "shop.y", tags: ["no:"] });
});

test("the first profile with the prefix ends the search, the first mapping in it wins", () => {
  const profiles = read([
    { name: "a", prefix: "app.one.", mappings: [{ match: "app.one.x", name: "first" }] },
    {
      name: "b",
      prefix: "app.",
      mappings: [
        { match: "app.*.*", name: "second" },
        { match: "app.two.x", name: "never" },
      ],
    },
    { name: "c", prefix: "*", mappings: [{ match: "*.*.*", name: "third" }] },
    { name: "d", prefix: "other." },
  ]);
  const names = ["app.one.x", "app.one.y", "app.two.x", "app.x", "web.a.b", "other.a.b"];
  expect(names.map((name) => (map(profiles, name) as { name: string }).name)).toEqual([
    "first",
    "app.one.y",
    "second",
    "app.x",
    "third",
    "third",
  ]);
});

test("a name that would come out empty leaves the series as it was", () => {
  expect(map(one({ match: "a.*", name: "$1", tags: { t: "x" } }), "a.", ["c"])).toEqual({
    name: "a.",
    tags: ["c"],
  });
});

test("without profiles there is no mapping", () => {
  expect(createProfileMapping([])).toBe(IDENTITY);
});

test("what is remembered of a name depends on neither its tags nor on how many names there are", () => {
  const mapping = createProfileMapping(one({ match: "a.*", name: "b", tags: { n: "$1" } }));
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 3_000; n++) {
      expect(mapping.map(`a.${n}`, [`t:${n}`])).toMatchObject({ name: "b", tags: [`t:${n}`, `n:${n}`] });
      expect(mapping.map(`x.${n}`, [])).toMatchObject({ name: `x.${n}`, tags: [] });
    }
  }
});

describe("hostile names", () => {
  test.each(["__proto__", "constructor", "toString", "$1", "${1}", "a.$&", "a.\u0000", "a.\ud800", "😀".repeat(1_000)])(
    "%j is a name like others",
    (name) => {
      const mapped = map(one({ match: "a.*", name: "b", tags: { __proto__x: "$1" } }), name);
      expect(mapped).toMatchObject(
        name.startsWith("a.") ? { name: "b", tags: [`__proto__x:${name.slice(2)}`] } : { name },
      );
    },
  );

  test("a long name costs linear time, whatever the patterns are", () => {
    const profiles = read([
      {
        name: "p",
        prefix: "*",
        mappings: [
          { match: "*a*a*a*a*a*a*a*b", name: "x" },
          { match: "(a*)*b", match_type: "regex", name: "x" },
          { match: "(a|aa)+c", match_type: "regex", name: "x" },
        ],
      },
    ]);
    const started = performance.now();
    for (const end of ["", "d", ".b"]) map(profiles, "a".repeat(8_000) + end);
    // Backtracking would take longer than the universe has; linear time is some milliseconds.
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

const part = fc.constantFrom("a", "b", "c", "ab", "abc");
const piece = fc.oneof(
  { weight: 3, arbitrary: part },
  { weight: 2, arbitrary: fc.constant("*") },
  { weight: 1, arbitrary: fc.constantFrom("a*", "*b", "a*b", "*a*", "b*a*c") },
);
const match = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join("."));
const template = fc
  .array(
    fc.constantFrom("$1", "$2", "${1}", "${3}", "$1_x", "$", "$$", "${", "}", "n", ".", "$0", "$01", "$99", "${2"),
    {
      maxLength: 5,
    },
  )
  .map((parts) => parts.join(""));
const rule = fc.record({
  match,
  match_type: fc.constant("wildcard"),
  name: template.map((text) => text || "name"),
  tags: fc.dictionary(fc.constantFrom("t", "u"), template, { noNullPrototype: true }),
});
const profile = fc.record({
  name: fc.constant("p"),
  prefix: fc.constantFrom("*", "a", "a.", "ab.", "b."),
  mappings: fc.array(rule, { maxLength: 6 }),
});
const metric = fc
  .array(fc.oneof(part, fc.constantFrom("", "aab", "ba", "cab")), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join("."));

test("1,000 random sets of profiles map as the rules, written down a second time, say", () => {
  let mappedNames = 0;
  fc.assert(
    fc.property(
      fc.array(profile, { minLength: 1, maxLength: 3 }),
      fc.array(metric, { minLength: 5, maxLength: 10 }),
      (given, names) => {
        const profiles = read(given);
        const mapping = createProfileMapping(profiles);
        for (const name of names) {
          const want = naiveMap(profiles, name);
          const got = mapping.map(name, ["c"]);
          expect(got).toMatchObject({ name: want?.name ?? name, tags: ["c", ...(want?.tags ?? [])] });
          if (want !== undefined) mappedNames++;
        }
      },
    ),
    { numRuns: 1_000 },
  );
  expect(mappedNames).toBeGreaterThan(300);
});
