import { describe, expect, test } from "vitest";
import { readProfiles, tellProblem } from "../../../src/policy/mapping/profile.ts";

const GOOD = { name: "good", prefix: "good.", mappings: [{ match: "good.*", name: "good", tags: { t: "$1" } }] };

function withRule(rule: unknown): unknown {
  return { name: "bad", prefix: "bad.", mappings: [GOOD.mappings[0], rule] };
}

describe("what the Agent refuses is refused, by profile and mapping, and nothing else is", () => {
  test.each<[unknown, string, string]>([
    [5, "profile 1", "is no map of keys"],
    [null, "profile 1", "is no map of keys"],
    [["x"], "profile 1", "is no map of keys"],
    [{ prefix: "a." }, "profile 1", "has no name"],
    [{ name: "", prefix: "a." }, "profile 1", "has no name"],
    [{ name: "bad" }, 'profile "bad"', "has no prefix"],
    [{ name: "bad", prefix: "a.", mappings: {} }, 'profile "bad"', "has mappings that are no list"],
    [withRule("x"), 'profile "bad", mapping 2', "is no map of keys"],
    [withRule({ name: "x" }), 'profile "bad", mapping 2', "has no match"],
    [withRule({ match: "a.*" }), 'profile "bad", mapping 2 ("a.*")', "has no name"],
    [
      withRule({ match: "a", name: "x", match_type: "glob" }),
      'profile "bad", mapping 2 ("a")',
      'has the match_type "glob"',
    ],
    [withRule({ match: "a.**", name: "x" }), 'profile "bad", mapping 2 ("a.**")', "has two * beside each other"],
    [
      withRule({ match: "a b", name: "x" }),
      'profile "bad", mapping 2 ("a b")',
      "has characters that no wildcard may have",
    ],
    [withRule({ match: "é", name: "x" }), 'profile "bad", mapping 2 ("é")', "has characters that no wildcard may have"],
    [
      withRule({ match: "a\n", name: "x" }),
      'profile "bad", mapping 2 ("a\\n")',
      "has characters that no wildcard may have",
    ],
    [
      withRule({ match: "(", name: "x", match_type: "regex" }),
      'profile "bad", mapping 2 ("(")',
      "is no regular expression of RE2: error parsing regexp: missing closing )",
    ],
    [
      withRule({ match: "(?=a)", name: "x", match_type: "regex" }),
      'profile "bad", mapping 2 ("(?=a)")',
      "is no regular expression of RE2",
    ],
    [
      withRule({ match: "a", name: "x", tags: ["t"] }),
      'the tags of profile "bad", mapping 2 ("a")',
      "is no map of keys",
    ],
  ])("%j", (bad, where, problem) => {
    const { profiles, problems } = readProfiles([bad, GOOD]);
    expect(profiles.map(({ name }) => name)).toEqual(["good"]);
    expect(problems).toMatchObject([{ where, problem: expect.stringContaining(problem), isRefused: true }]);
    expect(problems[0]?.remedy).not.toBe("");
  });
});

test.each<[unknown, string]>([
  ["[{", "are not valid JSON"],
  ["{}", "are not a list"],
  [5, "are not a list"],
  [{ name: "x" }, "are not a list"],
])("%j has no profiles, and says so", (given, problem) => {
  expect(readProfiles(given)).toMatchObject({
    profiles: [],
    problems: [{ where: "the mapper profiles", problem: expect.stringContaining(problem), isRefused: true }],
  });
});

test("JSON text and a list are the same", () => {
  expect(readProfiles(JSON.stringify([GOOD]))).toEqual(readProfiles([GOOD]));
  expect(readProfiles([GOOD])).toEqual({
    profiles: [
      {
        name: "good",
        prefix: "good.",
        rules: [{ match: "good.*", matchType: "wildcard", name: "good", tags: [["t", "$1"]] }],
      },
    ],
    problems: [],
  });
});

test("a number or a truth value is text, as in YAML for the Agent", () => {
  const { profiles } = readProfiles([
    { name: 1, prefix: "a.", mappings: [{ match: "a", name: true, tags: { t: 5 } }] },
  ]);
  expect(profiles).toEqual([
    { name: "1", prefix: "a.", rules: [{ match: "a", matchType: "wildcard", name: "true", tags: [["t", "5"]] }] },
  ]);
});

test("an unknown key is told and passed over", () => {
  const { profiles, problems } = readProfiles([{ ...GOOD, mappings: [{ match: "a", name: "b", matchtype: "regex" }] }]);
  expect(profiles).toHaveLength(1);
  expect(problems.map(tellProblem)).toEqual([
    'profile "good", mapping 1 ("a") has an unknown key "matchtype"; it is passed over; remedy: did you mean match_type?',
  ]);
});

test("every bad profile is told in one reading", () => {
  const { problems } = readProfiles([{ name: "a" }, GOOD, { name: "b" }]);
  expect(problems.map(tellProblem)).toEqual(
    ["a", "b"].map(
      (name) =>
        `profile "${name}" has no prefix; remedy: write what its names start with, or '*' for every name (refused; everything else goes on)`,
    ),
  );
});

test("there is a limit on all mappings together", () => {
  const many = (name: string, count: number) => ({ ...GOOD, name, mappings: Array(count).fill(GOOD.mappings[0]) });
  const { profiles, problems } = readProfiles([many("a", 10_000), many("b", 1)]);
  expect(profiles.map(({ name }) => name)).toEqual(["a"]);
  expect(problems).toMatchObject([{ where: 'profile "b"', problem: "goes beyond 10000 mappings in all" }]);
});
