import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { KINDS } from "../../src/model/kind.ts";
import type { PolicyOptions } from "../../src/policy/policy.ts";
import { createPolicy } from "../../src/policy/policy.ts";

interface Case {
  readonly id: string;
  readonly input: string;
  readonly config?: Readonly<Record<string, string & string[]>>;
  readonly metrics: readonly {
    readonly name: string;
    readonly type: string;
    readonly tags: readonly string[];
    readonly host?: string;
  }[];
}

/** The cases of the shared file that policy answers: tags that are taken out, namespace, global tags, filters. */
const IDS = /^(?:tag\.(?:host|entity|jmx)|cfg\.(?:ns-d|ns-dot|tags-metric|tags-same-key|filter-))/;

const CASES = readFileSync(new URL("../conformance/dogstatsd.jsonl", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Case)
  .filter(({ id }) => IDS.test(id));

test.each(CASES)("$id", ({ input, config, metrics }) => {
  const policy = createPolicy(optionsOf(config ?? {}));
  const bound = input.split("\n").flatMap((line) => {
    // The cases in question are plain: name:value|type, perhaps |#tags.
    const [head = "", wire, ...fields] = line.split("|");
    const kind = KINDS.find((row) => row.wire === wire)?.kind ?? "counter";
    const tags =
      fields
        .find((field) => field.startsWith("#"))
        ?.slice(1)
        .split(",") ?? [];
    const binding = policy.bind(head.slice(0, head.indexOf(":")), tags, kind);
    return binding.type === "series" ? [binding.series] : [];
  });
  expect(bound.map(({ name, tags, host }) => ({ name, tags, host }))).toEqual(
    metrics.map(({ name, tags, host }) => ({ name, tags: [...tags].sort(), host })),
  );
});

test("the file has such cases", () => {
  expect(CASES.length).toBeGreaterThanOrEqual(9);
});

/** The Agent's options as ours; its namespace gets its dot when the configuration is read. */
function optionsOf(config: NonNullable<Case["config"]>): PolicyOptions {
  const namespace = config["statsd_metric_namespace"] ?? "";
  return {
    globalTags: config["dogstatsd_tags"] ?? [],
    namespace: namespace === "" || namespace.endsWith(".") ? namespace : `${namespace}.`,
    allow: [],
    deny: config["metric_filterlist"] ?? [],
    layoutPlain: 0,
    layoutTimer: 0,
  };
}
