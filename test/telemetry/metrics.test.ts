import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { isReservedName } from "../../src/model/reserved-name.ts";
import { KINDS } from "../../src/model/kind.ts";
import { zeroRelayCounts } from "../../src/model/relay.ts";
import { LIMIT_REASONS, REJECT_REASONS } from "../../src/model/reject.ts";
import type { SelfFamily } from "../../src/telemetry/family.ts";
import { metricsMarkdown } from "../../src/telemetry/markdown.ts";
import { METRICS } from "../../src/telemetry/metrics.ts";
import { createTelemetry } from "../../src/telemetry/telemetry.ts";
import { parseExposition } from "../support/exposition.ts";
import { Bench } from "../support/prometheus.ts";
import { outputOf, shardOf, statusOf, trafficOf } from "../support/status.ts";

let status = statusOf();
const telemetry = createTelemetry(() => status);
afterAll(() => telemetry.close());

async function family(name: string): Promise<SelfFamily> {
  const found = (await telemetry.families()).find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no family ${name}`);
  return found;
}

/** `label=value,… number` for each sample. */
async function samples(name: string): Promise<string[]> {
  return (await family(name)).samples.map(({ labels, value }) =>
    `${labels.map((pair) => pair.join("=")).join(",")} ${String(value)}`.trim(),
  );
}

test("METRICS.md is what the table says", () => {
  expect(readFileSync(new URL("../../src/telemetry/METRICS.md", import.meta.url), "utf8")).toBe(metricsMarkdown());
});

describe("the table", () => {
  test("names each metric once, counters with _total, and all of them reserved", () => {
    const names = METRICS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, type } of METRICS) expect([name, name.endsWith("_total")]).toEqual([name, type === "counter"]);
    expect(names.filter((name) => !isReservedName(name))).toEqual([]);
  });

  test("says what each means in a sentence", () => {
    expect(METRICS.filter(({ meaning }) => !/^[A-Z0-9].*\.$/.test(meaning) || meaning.includes("|"))).toEqual([]);
  });
});

test("every reason and kind exists from the start", async () => {
  expect(await samples("tallyd_lines_rejected_total")).toHaveLength(REJECT_REASONS.length - 1);
  expect(await samples("tallyd_lines_rejected_total")).toContain("reason=bad_value 2");
  expect(await samples("tallyd_lines_limited_total")).toHaveLength(LIMIT_REASONS.length - 1);
  expect(await samples("tallyd_samples_total")).toEqual(KINDS.map(({ kind }) => `kind=${kind} 0`));
});

describe("each number comes from its place", () => {
  test.each([
    ["tallyd_uptime_seconds", ["90061"]],
    ["tallyd_datagrams_total", ["4"]],
    ["tallyd_received_bytes_total", ["100"]],
    ["tallyd_lines_total", ["10"]],
    ["tallyd_lines_accepted_total", ["7"]],
    ["tallyd_kernel_drops_total", ["5"]],
    ["tallyd_drains_total", ["6"]],
    ["tallyd_flushes_total", ["2"]],
    ["tallyd_flush_duration_seconds", ["0.002"]],
    ["tallyd_shards", ["state=starting 0", "state=running 1", "state=stopped 0", "state=dead 1"]],
    ["tallyd_shard_restarts_total", ["shard=0 0", "shard=1 3"]],
    ["tallyd_shard_lines_total", ["shard=0 0", "shard=1 9"]],
    ["tallyd_output_healthy", ["output=prometheus 1", "output=datadog 0"]],
    ["tallyd_output_dropped_total", ["output=prometheus,reason=type_conflict 2"]],
    ["tallyd_output_notes_total", ["output=datadog,note=merged 1"]],
    ["tallyd_output_queued", ["output=prometheus 0", "output=datadog 8"]],
  ])("%s", async (name, want) => {
    status = statusOf({
      shards: [shardOf(), shardOf({ id: 1, state: "dead", restarts: 3, traffic: trafficOf({ lines: 9 }) })],
      outputs: [
        outputOf({ dropped: { type_conflict: 2 } }),
        outputOf({ name: "datadog", healthy: false, queued: 8, notes: { merged: 1 } }),
      ],
    });
    expect(await samples(name)).toEqual(want);
  });

  test("a relay, by its target; none where nothing is relayed", async () => {
    const dropped = { ...zeroRelayCounts().dropped, too_large: 5 };
    const counts = { packets: 1, lines: 2, longLines: 3, refusals: 4, dropped };
    status = statusOf({ relay: { target: "udp://a:1", ...counts } });
    const names = ["packets", "lines", "long_lines", "refusals"].map((name) => `tallyd_relay_${name}_total`);
    expect((await Promise.all(names.map(samples))).flat()).toEqual([1, 2, 3, 4].map((n) => `target=udp://a:1 ${n}`));
    expect(await samples("tallyd_relay_lines_dropped_total")).toEqual([
      "target=udp://a:1,reason=no_room 0",
      "target=udp://a:1,reason=refused 0",
      "target=udp://a:1,reason=unreachable 0",
      "target=udp://a:1,reason=too_large 5",
      "target=udp://a:1,reason=other 0",
    ]);
    status = statusOf();
    expect(await Promise.all([...names, "tallyd_relay_lines_dropped_total"].map(samples))).toEqual([
      [],
      [],
      [],
      [],
      [],
    ]);
  });

  test("series and memory, for each holder of a tally", async () => {
    status = statusOf();
    expect(await samples("tallyd_series")).toEqual([
      "holder=shard-0,kind=counter 2",
      "holder=shard-0,kind=gauge 0",
      "holder=shard-0,kind=set 0",
      "holder=shard-0,kind=histogram 0",
      "holder=prometheus,kind=counter 0",
      "holder=prometheus,kind=gauge 4",
      "holder=prometheus,kind=set 0",
      "holder=prometheus,kind=histogram 0",
    ]);
    expect(await samples("tallyd_tally_memory_bytes")).toEqual(["holder=shard-0 65536", "holder=prometheus 65536"]);
  });
});

describe("the process's own metrics", () => {
  test("are the usual ones, without those that break a rule", async () => {
    const names = (await telemetry.families()).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "nodejs_heap_size_used_bytes",
      ]),
    );
    expect(names.filter((name) => /^nodejs_(active_.*_total|eventloop)/.test(name))).toEqual([]);
    expect(names.filter((name) => !isReservedName(name))).toEqual([]);
  });

  test("include garbage collections as a whole histogram", async () => {
    const deadline = Date.now() + 5000;
    let found = await family("nodejs_gc_duration_seconds");
    while (found.samples.length === 0 && Date.now() < deadline) {
      await new Promise((resolve) =>
        setTimeout(
          resolve,
          5,
          Array.from({ length: 1e5 }, (_, index) => ({ index })),
        ),
      );
      found = await family("nodejs_gc_duration_seconds");
    }
    expect(found.samples[0]).toMatchObject({
      labels: [["kind", expect.any(String)]],
      value: { bounds: [0.001, 0.01, 0.1, 1, 2, 5] },
    });
  });

  test("show a busy event loop", async () => {
    const before = Number((await samples("tallyd_event_loop_active_seconds_total"))[0]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const busyUntil = performance.now() + 250;
    while (performance.now() < busyUntil);
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(Number((await samples("tallyd_event_loop_active_seconds_total"))[0]) - before).toBeGreaterThan(0.2);
    expect(Number((await samples("tallyd_event_loop_lag_max_seconds"))[0])).toBeGreaterThan(0.1);
  });
});

test("all together make a valid page", async () => {
  const page = await new Bench().bytes(await telemetry.families());
  expect(parseExposition(page).size).toBeGreaterThan(METRICS.length);
});

test("no received metric can take the name of a metric of ours by a suffix", async () => {
  const names = new Set((await telemetry.families()).map(({ name }) => name));
  const suffixes = [
    "",
    "_total",
    "_seconds",
    "_sum",
    "_count",
    "_bucket",
    "_created",
    "_gauge",
    "_counter_total",
    "_set",
    "_summary",
    "_histogram",
  ];
  const derived = ["tallyd", "process", "nodejs", "scrape"].flatMap((base) => suffixes.map((suffix) => base + suffix));
  expect(derived.filter((name) => names.has(name))).toEqual([]);
});
