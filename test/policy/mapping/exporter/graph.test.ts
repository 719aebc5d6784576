import { expect, test } from "vitest";
import { drawGlobs } from "../../../../src/policy/mapping/exporter/graph.ts";
import { parseMapping } from "../../../../src/policy/mapping/exporter/parse.ts";

const draw = (yaml: string): string[] => drawGlobs(parseMapping(yaml, 'my "map".yml').mapping).split("\n");

test("the tree of globs has an arrow for each segment and a box for each rule; regular expressions are in no tree", () => {
  const lines = draw(`mappings:
- {match: web.*.hits, name: hits}
- {match: web.*, name: web, match_metric_type: counter}
- {match: web.*, name: unwanted, action: drop}
- {match: "a.(.*)", match_type: regex, name: regex}
`);
  expect(lines).toEqual([
    "digraph globs {",
    "  rankdir=LR",
    '  node [shape=circle, label=""]',
    '  0 -> 1 [label="web"]',
    '  1 -> 2 [label="*"]',
    '  2 -> 3 [label="hits"]',
    String.raw`  rule0 [shape=box, label="web (counter)\nmy \"map\".yml line 3"]`,
    "  2 -> rule0",
    String.raw`  rule1 [shape=box, label="drop\nmy \"map\".yml line 4"]`,
    "  2 -> rule1",
    String.raw`  rule2 [shape=box, label="hits\nmy \"map\".yml line 2"]`,
    "  3 -> rule2",
    "}",
    "",
  ]);
});

test("without rules it is a root alone", () => {
  expect(draw("mappings: []").slice(-3)).toEqual(['  node [shape=circle, label=""]', "}", ""]);
});
