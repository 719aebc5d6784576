import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readPolicy } from "../../src/cli/policy.ts";
import { traceLine } from "../../src/cli/trace.ts";
import { DIALECTS_DEFAULT } from "../../src/model/dialect.ts";
import type { Trace } from "../../src/cli/trace.ts";
import { kindRow } from "../../src/model/kind.ts";
import { load } from "../config/support.ts";

interface Metric {
  readonly name: string;
  readonly type: string;
  readonly tags: readonly string[];
  readonly host?: string;
  readonly origin?: {
    readonly container_id?: string;
    readonly inode?: number;
    readonly entity_id?: string;
    readonly pod_uid?: string;
    readonly cardinality?: string;
    readonly external?: { readonly init?: boolean; readonly container_name?: string; readonly pod_uid?: string };
  };
}

interface Case {
  readonly id: string;
  readonly input: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly metrics: readonly Metric[];
  readonly events: readonly { readonly tags: readonly string[] }[];
  readonly service_checks: readonly { readonly name: string }[];
}

/** The cases of the shared file that policy answers. A copy into distributions is not made, so `hcopy` is none of them. */
const IDS = /^(?:tag\.(?:host|entity|jmx)|cfg\.(?!hcopy)|origin\.)/;
const ORIGIN = "dogstatsd_origin_detection_client";
const EVERY_ORIGIN_TAG = "container_id container_inode external_data entity_id cardinality";

const CASES = readFileSync(new URL("../conformance/dogstatsd.jsonl", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Case)
  .filter(({ id, input }) => IDS.test(id) && typeof input === "string");

test.each(CASES)("$id", ({ input, config = {}, metrics, events, service_checks: checks }) => {
  const traces = input.split("\n").map((line) => trace(line, config));
  const got = traces.flatMap(shownOf);
  const want = metrics.map((metric) => ({ ...metric, tags: [...metric.tags, ...originOf(metric, config)].sort() }));
  expect(got).toEqual(want.map(({ name, tags, host, type }) => ({ name, tags, host, type })));
  const specials = traces.flatMap(({ fate }) => (fate.type === "special" ? [fate.special] : []));
  expect(specials.flatMap((special) => (special.type === "event" ? [special.event.tags] : []))).toEqual(
    events.map(({ tags }) => [...tags].sort()),
  );
  expect(specials.flatMap((special) => (special.type === "service_check" ? [special.check.name] : []))).toEqual(
    checks.map(({ name }) => name),
  );
});

test("the file has such cases", () => {
  expect(CASES.filter(({ id }) => id.startsWith("cfg.map")).length).toBeGreaterThanOrEqual(10);
  expect(CASES.filter(({ config }) => config?.[ORIGIN] === true).length).toBeGreaterThanOrEqual(8);
});

/** The series of a sample, aggregated or with its own time; none of other lines. */
function shownOf({ fate }: Trace): { name: string; tags: readonly string[]; host: string | undefined; type: string }[] {
  const sample = fate.type === "special" && fate.special.type === "timestamped" ? fate.special.sample : undefined;
  const series = fate.type === "series" ? fate.series : sample;
  if (series === undefined) return [];
  return [{ name: series.name, tags: series.tags, host: series.host, type: kindRow(series.kind).wire }];
}

/** The line through core, protocol and policy, with the Agent's options as its environment would give them. */
function trace(line: string, config: Readonly<Record<string, unknown>>): Trace {
  const environment = Object.fromEntries(
    Object.entries(config).map(([name, value]) =>
      name === ORIGIN
        ? ["TALLYD_ORIGIN_TAGS", EVERY_ORIGIN_TAG]
        : [`DD_${name.toUpperCase()}`, typeof value === "string" ? value : JSON.stringify(value)],
    ),
  );
  const { policy, layouts, problems } = readPolicy(load({ environment }).config);
  expect(problems).toEqual([]);
  return traceLine(Buffer.from(line), {
    policy,
    layouts,
    gaugeSign: "absolute",
    dialects: DIALECTS_DEFAULT,
    readsTimestamps: true,
    exemplarTag: "",
    keyBytesMax: 8192,
    nowMs: 0,
  });
}

function originOf({ origin = {} }: Metric, config: Readonly<Record<string, unknown>>): string[] {
  if (config[ORIGIN] !== true) return [];
  const { container_id: id, inode, entity_id: entity, pod_uid: pod, cardinality, external = {} } = origin;
  const facts: readonly (readonly [string, unknown])[] = [
    ["container_id", id],
    ["container_inode", inode],
    ["entity_id", entity ?? pod],
    ["cardinality", cardinality],
    ["init_container", external.init],
    ["container_name", external.container_name],
    ["pod_uid", external.pod_uid],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [`${name}:${String(value)}`]));
}
