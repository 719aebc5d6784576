import { describe, expect, it } from "vitest";
import { ORIGIN_TAGS } from "../../src/policy/origin.ts";
import { load, refuse } from "./support.ts";

describe("lists of rules", () => {
  it("are read from the file, in the Agent's words", () => {
    const file = [
      "filter:",
      "  deny_prefix: [{prefix: a., except_prefix: [a.b.], except_exact: [a.c]}]",
      "tag_filter:",
      "  - {metric_name: a, tags: [user]}",
      "namespace_exempt: [kafka]",
    ].join("\n");
    const { policy } = load({ file }).config;
    expect(policy.denyPrefixes).toEqual([{ prefix: "a.", exceptPrefixes: ["a.b."], exceptNames: ["a.c"] }]);
    expect(policy.tagRules).toEqual([{ metric: "a", action: "exclude", tags: ["user"] }]);
    expect(policy.namespaceExempt).toEqual(["kafka"]);
  });

  it.each([
    ["filter: {deny_prefix: [a]}", "filter.deny_prefix[0]", "is no map of keys", "write {prefix: …"],
    ["filter: {deny_prefix: [{}]}", "filter.deny_prefix[0]", "has no prefix", "write {prefix: 'app.debug.'}"],
    [
      "filter: {deny_prefix: [{prefix: a, except: b}]}",
      "filter.deny_prefix[0]",
      'has an unknown key "except"',
      "known here",
    ],
    [
      "filter: {deny_prefix: [{prefix: a, except_exact: {}}]}",
      "filter.deny_prefix[0]",
      "has exceptions",
      "write except_prefix",
    ],
    ["tag_filter: [{tags: [a]}]", "tag_filter[0]", "has no metric_name", "write the exact name"],
    [
      "tag_filter: [{metric_name: a, action: drop}]",
      "tag_filter[0]",
      "has an unknown action",
      "write exclude or include",
    ],
    [
      "tag_filter: [{metric_name: a}, {metric_name: b, tags: 1.5}]",
      "tag_filter[1]",
      "has tags that are no list",
      "write tags:",
    ],
    ["tag_filter: [{metric_nam: a}]", "tag_filter[0]", "has an unknown key", "did you mean metric_name?"],
    ["tag_filter: 5", "tag_filter[0]", "is no map of keys", "write {metric_name"],
    ["tag_filter: '[{'", "tag_filter", "is not a list", "write [a, b]"],
    ["origin_tags: [container]", "origin_tags[0]", "is not one of the choices", "write container_id"],
  ])("%s is refused with what to do", (file, key, problem, remedy) => {
    expect(refuse({ file })).toEqual([
      [
        key,
        "tallyd.yaml line 1",
        expect.any(String),
        expect.stringContaining(problem),
        expect.stringContaining(remedy),
      ],
    ]);
  });
});

describe("origin tags", () => {
  it("are off unless asked for", () => expect(load({}).config.policy.originTags).toEqual([]));

  it("may be every one that policy knows", () => {
    expect(load({ file: `origin_tags: [${ORIGIN_TAGS.join(", ")}]` }).config.policy.originTags).toEqual(ORIGIN_TAGS);
  });

  it("have a word for the whole external data", () => {
    const environment = { TALLYD_ORIGIN_TAGS: "pod_uid external_data" };
    expect(load({ environment }).config.policy.originTags).toEqual(["pod_uid", "container_name", "init_container"]);
  });
});

describe("mapper profiles", () => {
  it.each([[5], ["[{"], [{ name: "x" }], [[{ name: "x" }]]])("%j never keeps the server from starting", (given) => {
    expect(load({ file: JSON.stringify({ mapping: { profiles: given } }) }).config.mapperProfiles).toEqual(given);
  });

  it("are found by the Agent's name", () => {
    expect(refuse({ file: "dogstatsd_mapper_profiles: []" })).toMatchObject([
      ["dogstatsd_mapper_profiles", "tallyd.yaml line 1", "", "is an unknown key", "did you mean mapping.profiles?"],
    ]);
  });
});

it("by default the namespace spares the names of the Agent's integrations", () => {
  const { namespaceExempt } = load({}).config.policy;
  expect([namespaceExempt.length, namespaceExempt[0], namespaceExempt.at(-1)]).toEqual([
    21,
    "datadog.agent",
    "runtime",
  ]);
});
