import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Kind } from "../../src/model/kind.ts";
import type { Series } from "../../src/model/series.ts";
import type { Mapping } from "../../src/policy/mapping/mapping.ts";
import { createPolicy } from "../../src/policy/policy.ts";
import type { PolicyOptions } from "../../src/policy/policy.ts";
import { POLICY_OPTIONS } from "../support/policy-options.ts";

const OPTIONS: PolicyOptions = { ...POLICY_OPTIONS, layoutPlain: 3, layoutTimer: 4 };

function bind(
  options: Partial<PolicyOptions>,
  name: string,
  tags: readonly string[] = [],
  kind: Kind = "counter",
): Series | string {
  const binding = createPolicy({ ...OPTIONS, ...options }).bind(name, tags, kind);
  return binding.type === "series" ? binding.series : binding.reason;
}

describe("tags are made canonical", () => {
  test.each<[readonly string[], readonly string[]]>([
    [[], []],
    [
      ["b", "a"],
      ["a", "b"],
    ],
    [
      ["a", "a", "a:1", "a:1"],
      ["a", "a:1"],
    ],
    [["", "a", ""], ["a"]],
    [
      ["k:2", "k:1"],
      ["k:1", "k:2"],
    ],
    [
      ["ä", "z", "Z", "a"],
      ["Z", "a", "z", "ä"],
    ],
    [
      ["dd.internal.entity_id:x", "dd.internal.card:low", "dd.internal.jmx_check_name:k", "dd.internal.other:1"],
      ["dd.internal.other:1"],
    ],
  ])("%j becomes %j", (tags, want) => {
    expect(bind({}, "a", tags)).toMatchObject({ tags: want, host: undefined });
  });
});

describe("the host tag becomes the host", () => {
  test.each<[readonly string[], string | undefined, readonly string[]]>([
    [["host:web", "a"], "web", ["a"]],
    [["host:web", "host:db"], "db", []],
    [["a", "host:"], "", ["a"]],
    [["host:web", "host:"], "", []],
    [["host", "Host:web", "hosts:web"], undefined, ["Host:web", "host", "hosts:web"]],
  ])("%j: %j, and the tags are %j", (tags, host, rest) => {
    expect(bind({}, "a", tags)).toMatchObject({ host, tags: rest });
  });
});

test("global tags come to every series, never replace a client's tag of the same key, and are no host", () => {
  const globalTags = ["env:prod", "region:eu", "host:fixed"];
  expect(bind({ globalTags }, "a", ["region:us", "env:prod"])).toMatchObject({
    tags: ["env:prod", "host:fixed", "region:eu", "region:us"],
    host: undefined,
  });
});

describe("names are filtered with their namespace on", () => {
  test.each<[Partial<PolicyOptions>, string, boolean]>([
    [{}, "a", true],
    [{ deny: ["a"] }, "a", false],
    [{ deny: ["a"] }, "a.b", true],
    [{ deny: ["a.*"] }, "a.b", false],
    [{ deny: ["a.*"] }, "ab", true],
    [{ allow: ["a.*", "b"] }, "a.x", true],
    [{ allow: ["a.*", "b"] }, "b", true],
    [{ allow: ["a.*", "b"] }, "b.x", false],
    [{ allow: ["a.*"], deny: ["a.secret"] }, "a.secret", false],
    [{ allow: ["*"] }, "anything", true],
    [{ namespace: "app.", deny: ["drop"] }, "drop", true],
    [{ namespace: "app.", deny: ["app.drop"] }, "drop", false],
    [{ namespace: "app.", allow: ["app.*"] }, "x", true],
    [{ deny: ["__proto__"] }, "constructor", true],
  ])("%j: %s is kept: %s", (options, name, isKept) => {
    const want = `${options.namespace ?? ""}${name}`;
    if (isKept) expect(bind(options, name)).toMatchObject({ name: want });
    else expect(bind(options, name)).toBe("filter");
  });
});

test.each<[Kind, number]>([
  ["counter", 0],
  ["gauge", 0],
  ["set", 0],
  ["histogram", 3],
  ["distribution", 3],
  ["timer", 4],
])("a %s has layout %i", (kind, layout) => {
  expect(bind({}, "a", [], kind)).toMatchObject({ kind, layout });
});

test("mapping comes first: its name gets the namespace, its tags may be a host, and it may drop", () => {
  const mapping: Mapping = {
    map: (name, tags) =>
      name === "gone" ? { type: "drop" } : { type: "keep", name: "new", tags: [...tags, `old:${name}`, "host:h"] },
  };
  const policy = createPolicy({ ...OPTIONS, namespace: "app.", deny: ["old"] }, mapping);
  expect(policy.bind("old", ["t"], "gauge")).toMatchObject({
    series: { name: "app.new", tags: ["old:old", "t"], host: "h" },
  });
  expect(policy.bind("gone", [], "gauge")).toEqual({ type: "drop", reason: "filter" });
});

test("the overflow series keeps name, kind, layout and the global tags, and no tag or host of the client", () => {
  const policy = createPolicy({ ...OPTIONS, globalTags: ["env:prod"] });
  const binding = policy.bind("a", ["user:1", "host:web"], "timer");
  if (binding.type !== "series") throw new Error("kept");
  expect(policy.overflow(binding.series)).toEqual({
    name: "a",
    kind: "timer",
    layout: 4,
    host: undefined,
    tags: ["env:prod", "overflow:true"],
  });
});

const tag = fc.oneof(fc.constantFrom("", "a", "a:1", "host:x", "é", "k:"), fc.string({ maxLength: 4 }));

test("any order and repetition of the same tags is one series", () => {
  fc.assert(
    fc.property(fc.array(tag, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 8 }), (tags, picks) => {
      // A host tag is decided by its last place on purpose, so it stays out of the shuffle.
      const plain = tags.filter((text) => !text.startsWith("host:"));
      const shuffled = [...picks.map((pick) => plain[pick % plain.length] ?? ""), ...plain.toReversed()];
      expect(bind({ globalTags: ["g"] }, "n", shuffled)).toEqual(bind({ globalTags: ["g"] }, "n", plain));
    }),
  );
});

test("binding the tags of a series again changes nothing", () => {
  fc.assert(
    fc.property(fc.array(tag, { maxLength: 8 }), (tags) => {
      const once = bind({ globalTags: ["g:1"] }, "n", tags) as Series;
      expect(bind({ globalTags: ["g:1"] }, "n", once.tags)).toEqual({ ...once, host: undefined });
    }),
  );
});
