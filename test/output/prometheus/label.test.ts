import type { Series } from "../../../src/model/series.ts";
import { project } from "../../../src/output/prometheus/projection.ts";
import { describe, expect, test } from "vitest";
import { escapeName, escapeValue, labelsOf, labelText } from "../../../src/output/prometheus/label.ts";
import type { FamilyType } from "../../../src/output/prometheus/shape.ts";

describe("escapeName follows statsd_exporter", () => {
  test.each([
    ["clean", "clean"],
    ["with_underscore", "with_underscore"],
    ["with.dot", "with_dot"],
    ["a..b", "a__b"],
    ["with---multiple-dashes", "with_multiple_dashes"],
    ["a-.-b", "a___b"],
    ["foo---b--", "foo_b_"],
    ["-foo", "_foo"],
    ["09digits", "_09digits"],
    ["with😱emoji", "with_emoji"],
    ["café中", "caf__"],
    ["a:b", "a_b"],
    ["foo/bar baz", "foo_bar_baz"],
    ["Foo.BAR", "Foo_BAR"],
    ["\ud800", "_"],
    ["\n", "_"],
    ["", ""],
  ])("%j becomes %j", (text, escaped) => {
    expect(escapeName(text)).toBe(escaped);
  });
});

test("a label value has its quotes, backslashes and line feeds escaped, and nothing else", () => {
  expect(escapeValue('a"b\\c\nd\te\r')).toBe('a\\"b\\\\c\\nd\te\r');
});

function labels(
  tags: readonly string[],
  type: FamilyType = "counter",
  host?: string,
  valueless: "true" | "drop" = "true",
) {
  const notes = { overwritten: 0, renamed: 0 };
  const pairs = labelsOf([...tags].sort(), host, type, valueless, notes);
  return { text: labelText(pairs), ...notes };
}

describe("tags become labels", () => {
  test.each<[why: string, tags: string[], type: FamilyType, want: string]>([
    ["are split at the first colon", ["url:http://x:80/"], "counter", '{url="http://x:80/"}'],
    ["are sorted by label key", ["b:1", "a.c:2", "a-b:3"], "counter", '{a_b="3",a_c="2",b="1"}'],
    ["are true without a value", ["canary"], "counter", '{canary="true"}'],
    ["are left out with an empty value", ["a:", "b:1"], "counter", '{b="1"}'],
    ["are left out without a key", [":1", ":"], "counter", ""],
    ["keep other bytes of the value", ["a:é😱 "], "counter", '{a="é😱 "}'],
    ["have lone surrogates replaced", ["a:\ud800"], "counter", '{a="\ufffd"}'],
    ["keep le on a counter", ["le:1"], "counter", '{le="1"}'],
    ["lose le on a histogram", ["le:1"], "histogram", '{exported_le="1"}'],
    ["keep quantile on a histogram", ["quantile:1"], "histogram", '{quantile="1"}'],
    ["lose quantile on a summary", ["quantile:1"], "summary", '{exported_quantile="1"}'],
    ["lose what belongs to the scrape", ["job:a", "instance:b"], "gauge", '{exported_instance="b",exported_job="a"}'],
    ["lose double underscores", ["__name__:x"], "counter", '{exported___name__="x"}'],
    ["lose double underscores made of dots", ["..x:1"], "counter", '{exported___x="1"}'],
    [
      "keep both when the new key is taken",
      ["job:a", "exported_job:b"],
      "counter",
      '{exported_exported_job="a",exported_job="b"}',
    ],
    ["take the last of equal keys", ["a.b:1", "a_b:2"], "counter", '{a_b="2"}'],
  ])("%s", (_why, tags, type, want) => {
    expect(labels(tags, type).text).toBe(want);
  });

  test("and what was done to them is counted", () => {
    expect(labels(["a.b:1", "a_b:2", "a-b:3", "job:x", "__y:z"])).toMatchObject({ overwritten: 2, renamed: 2 });
  });

  test("a host is a label that wins over a bare host tag, and no host is none", () => {
    expect(labels(["host"], "counter", "web-1").text).toBe('{host="web-1"}');
    expect(labels([], "counter", "").text).toBe("");
  });

  test("bare tags can be dropped", () => {
    expect(labels(["canary", "a:1"], "counter", undefined, "drop").text).toBe('{a="1"}');
  });
});

describe("tags that the server adds to every series", () => {
  const options = {
    naming: "conventional",
    valuelessTags: "true",
    globalTags: ["env:prod", "region:eu"],
    names: "legacy",
    targetInfo: false,
    lastSeen: "off",
    native: { mode: "off", bucketsMax: 160 },
  } as const;
  const series = (tags: readonly string[]): Series => ({
    name: "a",
    tags: [...tags, ...options.globalTags].sort(),
    kind: "counter",
    host: undefined,
    layout: 0,
  });

  test.each([["env:dev"], ["env:staging"], ["env:zzz"]])("give way to the client's %s", (tag) => {
    expect(project(series([tag]), undefined, options)).toMatchObject({
      labels: `{env="${tag.slice(4)}",region="eu"}`,
    });
  });

  test("are shown where the client has none of that key", () => {
    expect(project(series(["a:1"]), undefined, options)).toMatchObject({ labels: '{a="1",env="prod",region="eu"}' });
  });
});
