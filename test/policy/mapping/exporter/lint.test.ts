import { expect, test } from "vitest";
import { lintMapping } from "../../../../src/policy/mapping/exporter/lint.ts";
import { parseMapping } from "../../../../src/policy/mapping/exporter/parse.ts";

const NOTHING_KEPT = { targetInfo: false, lastSeen: false };

function told(rules: string, defaults = "", kept = NOTHING_KEPT): string[] {
  return lintMapping(parseMapping(`${defaults}mappings:\n${rules}`).mapping, kept).map(
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
  ["- {match: a.r*, name: x}\n- {match: a.r-*-b, name: y}", "", "3: never counts"],
  [
    "- {match: a, name: x, labels: {ll: $1}}",
    "",
    "2: has $1 in the label ll, which is always empty; this match captures nothing but $0",
  ],
  ["- {match: a.*, name: x, rename_tags: {who: job}}", "", "2: has the label job, which Prometheus keeps for itself"],
  ["- {match: a.b, name: x}\n- {match: a.b, name: y}", UNORDERED, "4: never counts"],
  ["- {match: x, match_type: regex, name: x}\n- {match: x, match_type: regex, name: y}", "", "3: never counts"],
  ["- {match: .*, match_type: regex, name: x}\n- {match: x, match_type: regex, name: y}", "", "3: never counts"],
  ["- {match: a.b, name: x}\n- {match: ., match_type: regex, name: y, priority: first}", "", "2: never counts"],
  [
    "- {match: '^a\\.b-c$', match_type: regex, name: x}\n- {match: a.*, name: y}",
    "",
    "2: never counts: whatever ^a\\.b-c$ fits, a.* on line 3 fits before; write priority: first",
  ],
  ["- {match: a.b.c, name: x}\n- {match: a.b, name: y}", "", "3: counts here, but not in statsd_exporter"],
  [
    "- {match: a.*, name: $1_total}",
    "",
    "2: has $1_total in its name, which is always empty, so that nothing is shown; write ${1}_total",
  ],
  [
    "- {match: a.*, name: x, labels: {ll: 'a $2'}}",
    "",
    "2: has $2 in the label ll, which is always empty; this match has $1",
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
  ["- {match: a.r-*, name: x}\n- {match: a.*, name: y}\n- {match: '*.r-1', name: z}", ""],
  ["- {match: '^a\\.b$', match_type: regex, name: x, priority: first}\n- {match: a.*, name: y}", ""],
  ["- {match: '^a.b$', match_type: regex, name: x}\n- {match: a.*, name: y}", ""],
  ["- {match: '^a\\.b$', match_type: regex, name: x}\n- {match: a.*, name: y, match_metric_type: gauge}", ""],
  ["- {match: a.*-r, name: x}\n- {match: a.q-*, name: y}", ""],
  ["- {match: a, name: target_info}\n- {match: b, name: q_last_seen_timestamp_seconds}", ""],
  ["- {match: a.*, name: x, labels: {job: y}}", ""],
  ["- {match: a.*, name: '${1}_total', labels: {ll: '$1 $0'}}", ""],
  ["- {match: '(?P<nn>a)', match_type: regex, name: x, labels: {ll: '$nn $1 $0 $$1'}}", ""],
  ["- {match: a.*, name: d, action: drop, labels: {ll: $7}}", ""],
  ["- {match: a, name: x, match_metric_type: gauge, labels: {quantile: y}}", ""],
])("%s is as it should be", (rules, defaults) => {
  expect(told(rules, defaults)).toEqual([]);
});

test("names that are kept for what is configured are told with what they are shown as", () => {
  const rules =
    "- {match: a, name: target_info}\n- {match: b.*, name: '${1}_last_seen_timestamp_seconds'}\n- {match: c, name: q_last_seen}";
  expect(told(rules, "", { targetInfo: true, lastSeen: true })).toEqual([
    expect.stringContaining(
      "2: has the name target_info, which is kept for the server's own metrics: it is shown as statsd_target_info",
    ),
    expect.stringContaining("it is shown as ${1}_last_seen_timestamp_seconds_sent"),
  ]);
});

test("10,000 globs of one length take no more than a moment", () => {
  const rules = Array.from({ length: 10_000 }, (_, i) => `- {match: "a.b${i}.*.d${i % 97}", name: x}`);
  const { mapping } = parseMapping(`mappings:\n${rules.join("\n")}`);
  const startMs = performance.now();
  expect(lintMapping(mapping, NOTHING_KEPT)).toEqual([]);
  // They take 0.1 s; a comparison of each with each took 7 s.
  expect(performance.now() - startMs).toBeLessThan(3_000);
});
