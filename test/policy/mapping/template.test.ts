import { expect, test } from "vitest";
import { compileTemplate } from "../../../src/policy/mapping/template.ts";

const GROUPS = {
  byNumber: (group: number) => ["whole", "one", "", null][group],
  byName: (group: string) =>
    new Map([
      ["name", "called"],
      ["é1", "letters"],
    ]).get(group),
};

/** As Go's `Regexp.Expand` documents it. */
test.each([
  ["", ""],
  ["plain", "plain"],
  ["$1", "one"],
  ["${1}", "one"],
  ["a$1.b", "aone.b"],
  ["$0", "whole"],
  ["$2|$3|$4", "||"],
  ["$1_x", ""],
  ["${1}_x", "one_x"],
  ["$1x", ""],
  ["$1-x", "one-x"],
  ["$name", "called"],
  ["${name}s", "calleds"],
  ["$names", ""],
  ["$é1", "letters"],
  ["$$1", "$1"],
  ["$$$1", "$one"],
  ["$", "$"],
  ["a$ b", "a$ b"],
  ["$-1", "$-1"],
  ["${", "${"],
  ["${}", "${}"],
  ["${1", "${1"],
  ["${1 }", "${1 }"],
  ["$01", ""],
  ["$00", ""],
  ["$123456789", ""],
  ["$99999999999999999999", ""],
  ["$&$`", "$&$`"],
])("%j becomes %j", (template, want) => expect(compileTemplate(template)(GROUPS)).toBe(want));
