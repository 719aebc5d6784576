import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Kind } from "../../src/model/kind.ts";
import type { Origin } from "../../src/model/origin.ts";
import type { Series } from "../../src/model/series.ts";
import type { Mapping } from "../../src/policy/mapping/mapping.ts";
import { readProfiles } from "../../src/policy/mapping/profile.ts";
import { NO_ORIGIN, ORIGIN_TAGS } from "../../src/policy/origin.ts";
import type { OriginTag } from "../../src/policy/origin.ts";
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

const DEBUG = { prefix: "debug.", exceptPrefixes: ["debug.keep."], exceptNames: ["debug.one"] };

describe("some names get no namespace", () => {
  test.each<[Partial<PolicyOptions>, string, string]>([
    [{ namespace: "app." }, "kafka.lag", "app.kafka.lag"],
    [{ namespace: "app.", namespaceExempt: ["kafka"] }, "kafka.lag", "kafka.lag"],
    [{ namespace: "app.", namespaceExempt: ["kafka"] }, "kafkaesque.lag", "kafkaesque.lag"],
    [{ namespace: "app.", namespaceExempt: ["kafka"] }, "Kafka.lag", "app.Kafka.lag"],
    [{ namespace: "app.", namespaceExempt: ["kafka"] }, "my.kafka", "app.my.kafka"],
    [{ namespace: "", namespaceExempt: ["kafka"] }, "kafka.lag", "kafka.lag"],
  ])("%j: %s becomes %s", (options, name, want) => expect(bind(options, name)).toMatchObject({ name: want }));

  test("the exemption looks at the mapped name", () => {
    const profiles = readProfiles([
      { name: "p", prefix: "*", mappings: [{ match: "x.*", name: "kafka.$1" }] },
    ]).profiles;
    expect(bind({ profiles, namespace: "app.", namespaceExempt: ["kafka"] }, "x.lag")).toMatchObject({
      name: "kafka.lag",
    });
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
    [{ denyPrefixes: [DEBUG] }, "debug.x", false],
    [{ denyPrefixes: [DEBUG] }, "debug", true],
    [{ denyPrefixes: [DEBUG] }, "debug.keep.x", true],
    [{ denyPrefixes: [DEBUG] }, "debug.one", true],
    [{ denyPrefixes: [DEBUG] }, "debug.one.x", false],
    [{ denyPrefixes: [DEBUG], deny: ["debug.one"] }, "debug.one", false],
    [{ denyPrefixes: [DEBUG, { ...DEBUG, exceptNames: [] }] }, "debug.one", false],
    [{ denyPrefixes: [DEBUG], namespace: "app." }, "debug.x", true],
    [{ denyPrefixes: [DEBUG], allow: ["debug.*"] }, "debug.x", false],
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

test("mapping comes first: its name gets the namespace, and its tags may be a host", () => {
  const mapping: Mapping = { map: (name, tags) => ({ name: "new", tags: [...tags, `old:${name}`, "host:h"] }) };
  const policy = createPolicy({ ...OPTIONS, namespace: "app.", deny: ["old"] }, mapping);
  expect(policy.bind("old", ["t"], "gauge")).toMatchObject({
    series: { name: "app.new", tags: ["old:old", "t"], host: "h" },
  });
});

describe("tags of a metric are filtered last", () => {
  const tagRules = [{ metric: "app.a", action: "include" as const, tags: ["env", "container_id"] }];
  const options = {
    ...OPTIONS,
    namespace: "app.",
    globalTags: ["env:prod", "team:x"],
    originTags: ["container_id" as const],
    tagRules,
  };

  test("by the name with its namespace, the global and the origin tags with them, the host untouched", () => {
    const binding = createPolicy(options).bind("a", ["user:1", "host:h"], "counter", {
      ...NO_ORIGIN,
      containerId: "7f",
    });
    expect(binding).toMatchObject({ series: { name: "app.a", tags: ["container_id:7f", "env:prod"], host: "h" } });
  });

  test("but not those of a sample with its own time", () => {
    const binding = createPolicy(options).bindTimestamped("a", ["user:1"], "counter");
    expect(binding).toMatchObject({ series: { tags: ["env:prod", "team:x", "user:1"] } });
  });
});

describe("an origin becomes tags", () => {
  const origin: Origin = {
    containerId: "7f",
    containerInode: "42",
    containerName: "web",
    podUid: "u1",
    isInitContainer: false,
    cardinality: "low",
  };
  const none = { ...origin, cardinality: "none" };
  const unsaid = { ...origin, cardinality: "" };
  const card = "dd.internal.card:high";
  const entity = "dd.internal.entity_id:e1";

  test.each<[readonly OriginTag[], readonly string[], Origin | undefined, readonly string[]]>([
    [[], ["a"], origin, ["a"]],
    [["container_id"], ["a"], origin, ["a", "container_id:7f"]],
    [["container_id"], ["a"], undefined, ["a"]],
    [["container_id"], ["container_id:mine"], origin, ["container_id:7f", "container_id:mine"]],
    [
      ORIGIN_TAGS,
      [entity],
      origin,
      [
        "cardinality:low",
        "container_id:7f",
        "container_inode:42",
        "container_name:web",
        "entity_id:e1",
        "init_container:false",
        "pod_uid:u1",
      ],
    ],
    [ORIGIN_TAGS, [], NO_ORIGIN, []],
    [["entity_id"], [entity], undefined, ["entity_id:e1"]],
    [["entity_id", "container_id"], ["dd.internal.entity_id:none"], origin, []],
    [["container_id"], ["a"], none, ["a"]],
    [["container_id"], ["dd.internal.card:none"], unsaid, []],
    [["cardinality"], [card], unsaid, ["cardinality:high"]],
    [["cardinality"], [card], origin, ["cardinality:low", card]],
    [[], [card], undefined, []],
    [[], [card], origin, []],
  ])("%j of %j and %j: %j", (originTags, tags, from, want) => {
    const binding = createPolicy({ ...OPTIONS, originTags }).bind("a", tags, "counter", from);
    expect(binding).toMatchObject({ series: { tags: want } });
    expect(createPolicy({ ...OPTIONS, originTags }).describe(tags, from).tags).toEqual(want);
  });
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

test("a series, also one that stands in for others, tells which reading of the options it is of, where they were read again", () => {
  expect(bind({}, "a")).not.toHaveProperty("epoch");
  const again = createPolicy({ ...OPTIONS, epoch: 2 });
  expect(again.bind("a", [], "counter")).toMatchObject({ series: { epoch: 2 } });
  const first = { name: "a", tags: [], host: undefined, kind: "counter", layout: 0 } as const;
  expect(again.overflow(first)).toMatchObject({ epoch: 2 });
});
