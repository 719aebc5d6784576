import { describe, expect, test } from "vitest";
import { createTagFilter } from "../../src/policy/tag-filter.ts";
import type { TagRule } from "../../src/policy/tag-filter.ts";

const TAGS = ["bare", "env:prod", "k:", "user:1", "user:1:2"];

function rule(action: TagRule["action"], tags: readonly string[], metric = "a"): TagRule {
  return { metric, action, tags };
}

describe("tags are filtered by their keys", () => {
  test.each<[readonly TagRule[], string, readonly string[]]>([
    [[], "a", TAGS],
    [[rule("exclude", ["user"])], "a", ["bare", "env:prod", "k:"]],
    [[rule("exclude", ["user", "bare", "k"])], "a", ["env:prod"]],
    [[rule("exclude", ["user:1", "us", "User"])], "a", TAGS],
    [[rule("include", ["user"])], "a", ["user:1", "user:1:2"]],
    [[rule("include", [])], "a", []],
    [[rule("exclude", [])], "a", TAGS],
    [[rule("exclude", ["user"])], "a.b", TAGS],
    [[rule("exclude", ["user"])], "A", TAGS],
    [[rule("exclude", ["user"]), rule("exclude", ["k"])], "a", ["bare", "env:prod"]],
    [[rule("include", ["user"]), rule("include", ["k"])], "a", ["k:", "user:1", "user:1:2"]],
    [[rule("include", ["user"]), rule("exclude", ["k"])], "a", ["bare", "env:prod", "user:1", "user:1:2"]],
    [[rule("exclude", ["k"]), rule("include", ["user"])], "a", ["bare", "env:prod", "user:1", "user:1:2"]],
    [[rule("exclude", ["constructor"], "__proto__")], "constructor", TAGS],
  ])("%j of %s leaves %j", (rules, name, want) => expect(createTagFilter(rules)(name, TAGS)).toEqual(want));
});
