import { expect, test } from "vitest";
import { lintMapping } from "../../../../src/policy/mapping/exporter/lint.ts";
import { parseMapping } from "../../../../src/policy/mapping/exporter/parse.ts";

function told(rules: string, defaults = ""): string[] {
  return lintMapping(parseMapping(`${defaults}mappings:\n${rules}`).mapping).map(
    ({ line, problem, remedy }) => `${line}: ${problem}; ${remedy}`,
  );
}

const UNORDERED = "defaults: {glob_disable_ordering: true}\n";

test.each([
  [
    "- {match: a.*, name: x}\n- {match: a.b, name: y}",
    "",
    "3: never counts: whatever a.b fits, a.* on line 2 fits before",
  ],
  ["- {match: a.r-*, name: x}\n- {match: a.r-1, name: y}", "", "3: never counts"],
  ["- {match: a.b, name: x}\n- {match: a.b, name: y}", UNORDERED, "4: never counts"],
  ["- {match: x, match_type: regex, name: x}\n- {match: x, match_type: regex, name: y}", "", "3: never counts"],
  ["- {match: .*, match_type: regex, name: x}\n- {match: x, match_type: regex, name: y}", "", "3: never counts"],
  ["- {match: a.b, name: x}\n- {match: ., match_type: regex, name: y, priority: first}", "", "2: never counts"],
  ["- {match: a.b.c, name: x}\n- {match: a.b, name: y}", "", "3: counts here, but not in statsd_exporter"],
  [
    "- {match: a.*, name: $1_total}",
    "",
    "2: has $1_total in its name, which is always empty, so that nothing is shown; write ${1}_total",
  ],
  [
    "- {match: a.*, name: x, labels: {ll: 'a $2'}}",
    "",
    "2: has $2 in the label ll, which is always empty; a rule with this match has $1 to $1",
  ],
  ["- {match: '(a)', match_type: regex, name: 'x${2}'}", "", "2: has ${2} in its name"],
  ["- {match: '(?P<nn>a)', match_type: regex, name: x, labels: {ll: '$nn $mm'}}", "", "2: has $mm in the label ll"],
  ["- {match: a.*, name: x, labels: {__name__: y}}", "", "2: has the label __name__"],
  ["- {match: a.*, name: x, labels: {quantile: y}}", "", "2: has the label quantile"],
  ["- {match: a.*, name: x, observer_type: histogram, labels: {le: y}}", "", "2: has the label le"],
  ["- {match: a.*, name: tallyd_x}", "", "2: has the name tallyd_x"],
  ["- {match: a.*, name: x, scale: -1}", "", "2: has the scale -1"],
  [
    "- {match: a, name: x, match_metric_type: counter}\n- {match: b, name: x, match_metric_type: gauge}",
    "",
    "3: gives the name x as line 2 does, to a gauge where that is a counter",
  ],
  [
    "- {match: a, name: x, help: one}\n- {match: b, name: x, help: two}",
    "",
    "3: gives the name x as line 2 does, with another help text",
  ],
  [
    "- {match: a, name: x, observer_type: histogram, buckets: [1]}\n- {match: b, name: x, observer_type: histogram, buckets: [2]}",
    "",
    "3: gives the name x as line 2 does, with other buckets",
  ],
])("%s", (rules, defaults, want) => {
  expect(told(rules, defaults).join("\n")).toContain(want);
});

test.each([
  ["- {match: a.b, name: x}\n- {match: a.*, name: y}", ""],
  ["- {match: a.*, name: x}\n- {match: a.b, name: y}", UNORDERED],
  ["- {match: a.*, name: x, match_metric_type: gauge}\n- {match: a.b, name: y}", ""],
  ["- {match: a.*, name: x, match_tags: {env: prod}}\n- {match: a.b, name: y}", ""],
  ["- {match: a.*, name: '${1}_total', labels: {ll: '$1 $0'}}", ""],
  ["- {match: '(?P<nn>a)', match_type: regex, name: x, labels: {ll: '$nn $1 $0 $$1'}}", ""],
  ["- {match: a.*, name: d, action: drop, labels: {ll: $7}}", ""],
  ["- {match: a, name: x, match_metric_type: gauge, labels: {quantile: y}}", ""],
])("%s is as it should be", (rules, defaults) => {
  expect(told(rules, defaults)).toEqual([]);
});
