import { describe, expect, test } from "vitest";
import type { Kind } from "../../../../src/model/kind.ts";
import { findContenders } from "../../../../src/policy/mapping/exporter/contenders.ts";
import { createExporterMapper } from "../../../../src/policy/mapping/exporter/mapper.ts";
import { parseMapping } from "../../../../src/policy/mapping/exporter/parse.ts";
import { prepareMapping } from "../../../../src/policy/mapping/exporter/prepare.ts";
import type { PreparedMapping } from "../../../../src/policy/mapping/exporter/prepare.ts";

const CONFIGURED = { digits: 2, observer: "summary", buckets: [1, 5], windowMs: 600_000, ageBuckets: 5 } as const;

function prepare(rules: string): PreparedMapping {
  const { mapping, problems } = parseMapping(rules);
  expect(problems.filter(({ level }) => level === "error")).toEqual([]);
  return prepareMapping(mapping, CONFIGURED, []).prepared;
}

function map(rules: string, name: string, tags: readonly string[] = [], kind: Kind = "counter", host?: string) {
  return createExporterMapper(prepare(`mappings:\n${rules}`)).map({ name, tags, host, kind }).onPrometheus;
}

test.each([
  ["- {match: req-*.ok, name: 'req_$1'}", "req-7.ok", "req_7"],
  ["- {match: a.*, name: '$0'}", "a.b", "a.b"],
  ["- {match: a.*, name: 'x_$1'}\n- {match: 'a', match_type: regex, name: y}", "a.b", "x_b"],
  ["- {match: a.*, name: x}\n- {match: 'a', match_type: regex, name: y, priority: first}", "a.b", "y"],
  ["- {match: 'x(.)', match_type: regex, name: 'y${1}_$1_z'}", "axb", "yb_"],
  ["- {match: a.*, name: '${1}_x'}", "a.b", "b_x"],
  ["- {match: a.*, name: '$1_total'}", "a.b", ""],
])("%s makes of %s: %s", (rules, name, want) => {
  expect(map(rules, name).name).toBe(want);
});

describe("tags", () => {
  const rules = "- {match: a.*, name: prod, match_tags: {env: 'prod-*', zone: ''}}\n- {match: a.*, name: other}";

  test.each([
    [["env:prod-eu", "zone"], "prod"],
    [["env:prod-", "zone:"], "prod"],
    [["env:prod-eu"], "other"],
    [["env:test", "zone"], "other"],
    [["zone", "xenv:prod-eu"], "other"],
    [["env:test", "env:prod-us", "zone"], "prod"],
  ])("%j are asked for by match_tags: %s", (tags, want) => {
    expect(map(rules, "a.b", tags).name).toBe(want);
  });

  test("are dropped and renamed for Prometheus alone", () => {
    const rule = "- {match: a.*, name: x, drop_tags: [user*, pod], rename_tags: {env: environment, canary: is_canary}}";
    const tags = ["canary", "env:x:y", "pod:1", "podium:2", "user_id:3"];
    expect(map(rule, "a.b", tags).tags).toEqual(["is_canary", "environment:x:y", "podium:2"]);
    expect(map("- {match: a.*, name: x}", "a.b", tags).tags).toBeUndefined();
  });

  test.each([
    ["drop_tags: ['us*r', 'z*']", ["b:c", "zone:1", "user:x", "usher"], ["b:c"]],
    ["drop_tags: ['*']", ["b:c", "zone"], []],
    ["drop_tags: [c], rename_tags: {e: ee}", ["a:b", "#c:d", "#e:f", "#g"], ["a:b", "ee:f", "#g"]],
  ])("%s of %j leaves %j: * is any text, and a # in front is no part of a key", (change, tags, want) => {
    expect(map(`- {match: a.*, name: x, ${change}}`, "a.b", tags).tags).toEqual(want);
  });

  test("the host is one of them", () => {
    const change = "rename_tags: {host: node}, drop_tags: [a]";
    const rules = `- {match: a.*, name: x, match_tags: {host: web-*}, ${change}}`;
    expect(map(rules, "a.b", ["a:b", "c:d"], "counter", "web-1")).toMatchObject({
      name: "x",
      tags: ["c:d", "node:web-1"],
    });
    expect(map(rules, "a.b", [], "counter", "db-1").name).toBeUndefined();
    expect(map(rules, "a.b", [], "counter").name).toBeUndefined();
    expect(map("- {match: a.*, name: x, drop_tags: [host]}", "a.b", ["c:d"], "counter", "web-1").tags).toEqual(["c:d"]);
  });

  test("with a # in front are asked for without it", () => {
    expect(map("- {match: a.*, name: x, match_tags: {c: d}}", "a.b", ["a:b", "#c:d"]).name).toBe("x");
  });
});

test("a rule for sets, and one for what is observed, leave the others alone", () => {
  const rules = "- {match: a.*, name: s, match_metric_type: set}\n- {match: a.*, name: o, match_metric_type: observer}";
  const names = (["counter", "gauge", "set", "timer", "histogram", "distribution"] as const).map(
    (kind) => map(rules, "a.b", [], kind).name,
  );
  expect(names).toEqual([undefined, undefined, "s", "o", "o", "o"]);
});

test("what is remembered of a name is by its kind, and the names that are remembered are bounded", () => {
  const mapper = createExporterMapper(prepare("mappings:\n- {match: a.*, name: c, match_metric_type: counter}\n"));
  const series = { tags: [], host: undefined };
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < 3_000; index++) {
      const name = `a.${index}`;
      expect(mapper.map({ ...series, name, kind: "counter" }).onPrometheus.name).toBe("c");
      expect(mapper.map({ ...series, name, kind: "gauge" }).onPrometheus.name).toBeUndefined();
    }
  }
});

test("layouts: one for values and one for timers of each list of buckets and scale, behind those that there are", () => {
  const text = `mappings:
- {match: a, name: a, observer_type: histogram, histogram_options: {buckets: [1, 2]}}
- {match: b, name: b, observer_type: histogram, histogram_options: {buckets: [1, 2]}, scale: 1000}
- {match: c, name: c, observer_type: histogram}
- {match: d, name: d}
`;
  const known = [{ digits: 2, bounds: [], thresholds: [] }] as const;
  const { prepared, layouts } = prepareMapping(parseMapping(text).mapping, CONFIGURED, known);
  expect(layouts[0]).toBe(known[0]);
  expect(prepared.looks.map(({ layoutPlain, layoutTimer }) => [layouts[layoutPlain], layouts[layoutTimer]])).toEqual([
    [
      { digits: 2, bounds: [1, 2], thresholds: [1, 2] },
      { digits: 2, bounds: [1, 2], thresholds: [1000, 2000] },
    ],
    [
      { digits: 2, bounds: [1, 2], thresholds: [0.001, 0.002] },
      { digits: 2, bounds: [1, 2], thresholds: [1, 2] },
    ],
    [
      { digits: 2, bounds: [1, 5], thresholds: [1, 5] },
      { digits: 2, bounds: [1, 5], thresholds: [1000, 5000] },
    ],
    [known[0], known[0]],
  ]);
});

test("layouts: one for each window of quantiles that is not the configured one; a rule takes what it leaves out from defaults", () => {
  const text = `defaults: {summary_options: {age_buckets: 3}}
mappings:
- {match: a, name: a, summary_options: {max_age: 30s}}
- {match: b, name: b, summary_options: {max_age: 30s, age_buckets: 3}}
- {match: c, name: c, summary_options: {age_buckets: 1}}
- {match: d, name: d, summary_options: {max_age: 10m, age_buckets: 5}}
- {match: e, name: e}
- {match: f, name: f, observer_type: histogram}
`;
  const known = [{ digits: 2, bounds: [], thresholds: [] }] as const;
  const { prepared, layouts } = prepareMapping(parseMapping(text).mapping, CONFIGURED, known);
  const windows = [...prepared.looks, prepared.unmapped].map(({ layoutPlain }) => layouts[layoutPlain]?.window);
  expect(windows).toEqual([
    { ages: 3, ageMs: 10_000 },
    { ages: 3, ageMs: 10_000 },
    { ages: 1, ageMs: 600_000 },
    undefined,
    { ages: 3, ageMs: 200_000 },
    // Bounds have no quantiles.
    undefined,
    { ages: 3, ageMs: 200_000 },
  ]);
  // The configured one, four windows less one that comes twice, and bounds for values and for timers.
  expect(layouts).toHaveLength(6);
  expect(prepared.looks.every(({ layoutPlain, layoutTimer }, rule) => rule === 5 || layoutPlain === layoutTimer)).toBe(
    true,
  );
  expect(prepareMapping(parseMapping(text).mapping, CONFIGURED, layouts).layouts).toEqual(layouts);
});

test("contenders: who won, and why the others did not", () => {
  const prepared = prepare(`mappings:
- {match: a.b.*, name: x, match_metric_type: gauge}
- {match: a.*.c, name: y}
- {match: "*.*.*", name: z}
- {match: a, match_type: regex, name: r}
- {match: a.b.c, name: t, match_tags: {env: prod}}
- {match: q.*, name: q}
`);
  const told = findContenders({ name: "a.b.c", tags: [], host: undefined, kind: "counter" }, prepared);
  expect(told.map(({ rule, isWinner, why }) => [rule.name, isWinner, why])).toEqual([
    ["x", false, "is for gauge, not for a counter"],
    ["y", true, "is the first glob that fits"],
    ["z", false, "comes behind line 3, which is the first one that fits"],
    ["r", false, "comes behind line 3: globs count before regexes"],
    ["t", false, "asks for tags that are not there: env:prod"],
  ]);
});
