import { describe, expect, test } from "vitest";
import { parseMapping, parseMappings } from "../../../../src/policy/mapping/exporter/parse.ts";
import { tellMappingProblem } from "../../../../src/policy/mapping/exporter/problem.ts";

const RULE = "mappings:\n- match: a.b\n  name: x\n";

function told(text: string): string[] {
  return parseMapping(text, "m.yml").problems.map((problem) => `${problem.level}: ${tellMappingProblem(problem)}`);
}

test.each([
  [RULE + "  lables: {aa: b}\n", "line 4", "did you mean labels?"],
  [RULE + "  observer_typ: summary\n", "line 4", "did you mean observer_type?"],
  [RULE + "  name: y\n", "line 4", "twice; it stands on line 3"],
  ["mapings: []\n", "line 1", "did you mean mappings?"],
  [RULE + "  observer_type: histogramm\n", "line 4", "(histogram?)"],
  [RULE + "  ttl: 1d\n", "line 4", "duration"],
  [RULE + "  scale: '2'\n", "line 4", "without quotes"],
  [RULE + "  observer_type: histogram\n  histogram_options: {buckets: [1, 0.5]}\n", "line 5", "ascending"],
  [RULE + "  summary_options: {quantiles: [{quantile: 1.5}]}\n", "line 4", "0.99 and not 99"],
  [RULE + "  summary_options: {max_age: -5s}\n", "line 4", "max_age of -5000 ms"],
  [RULE + "  ttl: -5s\n", "line 4", "ttl of -5000 ms"],
  [RULE + "  observer_type: histogram\n  scale: -1\n", "line 5", "scale above 0"],
  [RULE + "  match_type: regex\n  match: (\n", "line 5", "twice"],
  ["mappings:\n- match: a.b_(.*)\n  name: x\n", "line 2", "match_type: regex"],
  ["mappings:\n- match: a.**\n  name: x\n", "line 2", "no glob"],
  ["mappings: {a: b}\n", "line 1", "no list"],
  ["mappings:\n- text\n", "line 2", "no map of keys"],
  [RULE + "  priority: first\n", "line 4", "regular expressions"],
  [RULE + "  ttl: '60'\n", "line 4", 'ttl: "60"'],
  [RULE + "  scale: 1:30\n", "line 4", "scale: 1:30"],
  [RULE + "  help: [a]\n", "line 4", "a list for help"],
  [RULE + "  ttl: 3000000h\n", "line 4", "at most"],
  [RULE + "  <<: 3\n", "line 4", "merges no map"],
  [RULE + "  summary_options: {buf_cap: some}\n", "line 4", "buf_cap: some"],
  [RULE + "  summary_options: {max_age: 1200h}\n", "line 4", "at most"],
  [RULE + "  summary_options: {quantiles: [0.5]}\n", "line 4", "has a quantile that is no map of keys"],
  [RULE + "  match_tags: {'a*': b}\n", "line 4", "without *"],
  [RULE + "  rename_tags: {a: 'b c'}\n", "line 4", 'the label "b c"'],
  [RULE + "  drop_tags: [a, '']\n", "line 4", "no list of texts"],
])("%j is refused on %s: %s", (text, line, words) => {
  const [problem = ""] = told(text);
  expect(problem).toContain("error: m.yml ");
  expect(problem).toContain(line);
  expect(problem).toContain(words);
});

test("every error of a file is told at once", () => {
  expect(told("mappings:\n- match: a..b\n  name: 0\n- name: y\n  ttl: x\n")).toHaveLength(4);
});

test("the keys of old versions work, each with a warning", () => {
  const text = RULE + "  timer_type: histogram\n  buckets: [1, 2]\n  match_metric_type: timer\n";
  const { mapping, problems } = parseMapping(text);
  expect(problems.map(({ level, line }) => [level, line])).toEqual(
    Array.from({ length: 3 }, (_, at) => ["warning", [5, 4, 6][at]]),
  );
  expect(mapping.rules[0]).toMatchObject({
    observer: "histogram",
    buckets: [1, 2],
    kinds: ["histogram", "timer", "distribution"],
  });
});

test("what the type of a rule has no use for is passed over in the old places, and refused in the new ones", () => {
  const old = "  timer_type: histogram\n  quantiles: [{quantile: 0.5, error: 0.05}]\n";
  const { mapping, problems } = parseMapping(RULE + old);
  expect(problems.map(({ level }) => level)).toEqual(["warning", "warning"]);
  expect(mapping.rules).toMatchObject([{ observer: "histogram" }]);
  const now = "  observer_type: histogram\n  summary_options: {quantiles: [{quantile: 0.5, error: 0.05}]}\n";
  expect(parseMapping(RULE + now).problems.map(({ level }) => level)).toEqual(["error"]);
});

test("a key without a value is as if it was not there", () => {
  const keys =
    "match_type match_metric_type match_tags priority help labels honor_labels drop_tags rename_tags observer_type " +
    "summary_options histogram_options action ttl scale timer_type buckets quantiles";
  const nothing = keys.split(" ").map((key, at) => `  ${key}: ${["", "~", "null"][at % 3]}\n`);
  const defaults = "defaults: {observer_type: histogram, ttl: 1h, summary_options: ~}\n";
  const { mapping, problems } = parseMapping(defaults + RULE + nothing.join(""));
  expect(problems).toEqual([]);
  expect(mapping.rules).toEqual(parseMapping(defaults + RULE).mapping.rules);
  expect(mapping.rules).toMatchObject([{ observer: "histogram", treatment: { scale: 1, ttlMs: 3_600_000 } }]);
});

test.each([
  ["ttl: 1m20s", { ttlMs: 80_000 }],
  ["ttl: 87600h", { ttlMs: 87_600 * 3_600_000 }],
  ["summary_options: {max_age: 168h, age_buckets: 255}", { windowMs: 168 * 3_600_000, ageBuckets: 255 }],
  ["summary_options: {max_age: 500ms, buf_cap: 500}", { windowMs: 500 }],
  ["ttl: 1.5s", { ttlMs: 1_500 }],
  ["ttl: 5µs", { ttlMs: 0.005 }],
  ["ttl: 0", { ttlMs: undefined }],
  ["scale: 1_000", { scale: 1_000 }],
  ["scale: 010", { scale: 8 }],
  ["scale: 0x10", { scale: 16 }],
  ["scale: 1e-3", { scale: 0.001 }],
  ["scale: -2", { scale: -2 }],
  ["help: 12", { help: "12" }],
  ["summary_options: {max_age: 1m, age_buckets: 3}", { windowMs: 60_000, ageBuckets: 3 }],
  [
    "histogram_options: {native_histogram_bucket_factor: 1.05, native_histogram_max_buckets: 80}",
    {
      nativeFactor: 1.05,
      nativeBucketsMax: 80,
    },
  ],
  ["histogram_options: {native_histogram_bucket_factor: 0.5}", { nativeFactor: 0 }],
])("%s is read as YAML 1.1 and Go read it", (key, treatment) => {
  const { mapping, problems } = parseMapping(`${RULE}  ${key}\n`);
  expect(problems.filter(({ level }) => level === "error")).toEqual([]);
  expect(mapping.rules[0]?.treatment).toMatchObject(treatment);
});

describe("YAML", () => {
  test("anchors and merge keys", () => {
    const text = `mappings:\n- &base\n  match: a.*\n  name: x\n  labels: {ll: "1.50"}\n- <<: *base\n  name: y\n`;
    const { mapping, problems } = parseMapping(text);
    expect(problems).toEqual([]);
    expect(mapping.rules.map(({ name, match, labels }) => [name, match, labels])).toEqual([
      ["x", "a.*", [["ll", "1.50"]]],
      ["y", "a.*", [["ll", "1.50"]]],
    ]);
  });

  test.each([
    [
      "a bomb of aliases",
      [
        "a: &a [x, x, x, x, x, x, x, x, x]",
        ..."bcdefghi".split("").map((name, at) => {
          const before = "abcdefgh"[at];
          return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(", ")}]`;
        }),
      ].join("\n"),
    ],
    ["very deep nesting", "[".repeat(20_000)],
    ["an alias to nothing", "mappings: *x\n"],
    ["a tab", "mappings:\n\t- match: a\n"],
    ["a key that is a map", "? {a: b}\n: c\n"],
    ["bytes that are no text", "\u0000\u0001"],
  ])("%s is an error and no more", (_what, text) => {
    const startMs = performance.now();
    expect(parseMapping(text).problems.some(({ level }) => level === "error")).toBe(true);
    expect(performance.now() - startMs).toBeLessThan(10_000);
  });

  test.each(["", "\n", "# nothing\n", "---\n", "defaults:\nmappings:\n", "null\n"])(
    "%j is a mapping without rules",
    (text) => {
      expect(parseMapping(text)).toMatchObject({ mapping: { rules: [] }, problems: [] });
    },
  );
});

describe("several files", () => {
  test("count in their order, each with its own defaults; the first ones are for what no rule fits", () => {
    const { mapping, problems } = parseMappings([
      { text: "mappings:\n- match: a\n  name: a\n", file: "1" },
      { text: "defaults: {ttl: 1h, observer_type: histogram}\nmappings:\n- match: b\n  name: b\n", file: "2" },
      { text: "defaults: {ttl: 2h}\nmappings:\n- match: c\n  name: c\n", file: "3" },
    ]);
    expect(problems).toEqual([]);
    expect(mapping.rules.map(({ name, file, observer, treatment }) => [name, file, observer, treatment.ttlMs])).toEqual(
      [
        ["a", "1", undefined, undefined],
        ["b", "2", "histogram", 3_600_000],
        ["c", "3", undefined, 7_200_000],
      ],
    );
    expect(mapping.defaults).toMatchObject({ observer: "histogram", treatment: { ttlMs: 3_600_000 } });
  });

  test("must agree about the order of globs", () => {
    const { problems } = parseMappings([
      { text: "defaults: {glob_disable_ordering: true}", file: "1" },
      { text: "defaults: {ttl: 1h}", file: "2" },
    ]);
    expect(problems).toMatchObject([{ file: "2", level: "error" }]);
  });
});
