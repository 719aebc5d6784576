import { describe, expect, test } from "vitest";
import type { Kind } from "../../../src/model/kind.ts";
import { NO_CELL } from "../../../src/core/tally.ts";
import type { Encoder, FamilyHead, LabelBytes } from "../../../src/output/prometheus/format/encoder.ts";
import { WHOLE_PAGE } from "../../../src/output/prometheus/query.ts";
import { parseProtobuf } from "../../support/client-model.ts";
import { parseExposition } from "../../support/exposition.ts";
import { parseOpenMetrics } from "../../support/openmetrics.ts";
import { Bench, seriesOf, START_MS } from "../../support/prometheus.ts";

const OPEN_METRICS = "application/openmetrics-text;version=1.0.0";
const PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
const SUFFIX = "_last_seen_timestamp_seconds";
const START = START_MS / 1000;

/** Two gauges of one family, the second one updated a minute later, and a counter. */
function filled(bench: Bench): Bench {
  bench.send(seriesOf("depth", "gauge", ["queue:a"]), 5);
  bench.send(seriesOf("hits", "counter"), 1);
  bench.advance(60_000);
  bench.send(seriesOf("depth", "gauge", ["queue:b"]), 5);
  return bench;
}

describe("when series were last updated", () => {
  test("is not shown unless it is asked for", async () => {
    expect(await filled(new Bench()).page()).not.toContain("last_seen");
  });

  test("is a gauge with the labels of the series, after the whole family", async () => {
    expect(await filled(new Bench({ lastSeen: "gauges" })).page())
      .toBe(`# HELP depth Gauge received over StatsD, last value.
# TYPE depth gauge
depth{queue="a"} 5
depth{queue="b"} 5
# HELP depth${SUFFIX} When a sample of the series last arrived, in Unix seconds.
# TYPE depth${SUFFIX} gauge
depth${SUFFIX}{queue="a"} 1700000000
depth${SUFFIX}{queue="b"} 1700000060
# HELP hits_total Counter received over StatsD, since the server started.
# TYPE hits_total counter
hits_total 1
`);
  });

  test("is shown of all kinds by option, and in every format", async () => {
    const bench = filled(new Bench({ lastSeen: "all" }));
    bench.send(seriesOf("wait", "timer", [], { layout: 2 }), 250);
    const expected = new Map([
      [`depth${SUFFIX}`, [START, START + 60]],
      [`hits_total${SUFFIX}`, [START]],
      [`wait_seconds${SUFFIX}`, [START + 60]],
    ]);
    for (const parsed of [
      parseExposition(await bench.bytes()),
      parseOpenMetrics(await bench.bytes([], OPEN_METRICS)),
      parseOpenMetrics(await bench.bytes([], "text/plain;version=1.0.0"), "text-1.0.0"),
    ]) {
      const ours = [...parsed.values()].filter(({ name, type }) => name.endsWith(SUFFIX) && type === "gauge");
      expect(new Map(ours.map(({ name, samples }) => [name, samples.map(({ value }) => value)]))).toEqual(expected);
    }
    const proto = parseProtobuf(await bench.bytes([], PROTOBUF)).filter(({ name }) => name.endsWith(SUFFIX));
    expect(new Map(proto.map(({ name, metric }) => [name, metric.map(({ gauge }) => gauge?.value)]))).toEqual(expected);
  });

  test("moves with each sample, and goes with its series", async () => {
    const bench = filled(new Bench({ lastSeen: "gauges" }));
    bench.advance(14 * 60_000);
    bench.send(seriesOf("depth", "gauge", ["queue:b"]), 5);
    expect((await bench.samples()).filter((line) => line.includes(SUFFIX))).toEqual([
      `depth${SUFFIX}{queue="a"} 1700000000`,
      `depth${SUFFIX}{queue="b"} 1700000900`,
    ]);
    bench.advance(60_000);
    expect((await bench.samples()).filter((line) => line.includes("depth"))).toEqual([
      'depth{queue="b"} 5',
      `depth${SUFFIX}{queue="b"} 1700000900`,
    ]);
  });

  test("is a family of its own to a scraper that asks for names", async () => {
    const bench = filled(new Bench({ lastSeen: "all" }));
    const names = async (...wanted: string[]): Promise<string[]> => [
      ...parseExposition(await bench.bytes([], undefined, { ...WHOLE_PAGE, names: new Set(wanted) })).keys(),
    ];
    expect(await names("depth")).toEqual(["depth"]);
    expect(await names(`hits_total${SUFFIX}`)).toEqual([`hits_total${SUFFIX}`]);
  });

  test("follows names as they were sent", async () => {
    const bench = new Bench({ lastSeen: "all", names: "utf8" });
    bench.send(seriesOf("queue.depth", "gauge"), 5);
    expect(await bench.page([], "text/plain;version=1.0.0;escaping=allow-utf-8")).toContain(
      `\n{"queue.depth${SUFFIX}"} 1700000000\n`,
    );
    expect(await bench.page()).toContain(`\nqueue_depth${SUFFIX} 1700000000\n`);
  });

  test("goes wherever the projection goes, after its series", () => {
    const { output, nowMs } = filled(new Bench({ lastSeen: "gauges" }));
    const written: unknown[] = [];
    const encoder = {
      family: ({ name, type }: FamilyHead) => written.push([name, type]),
      value: ({ bytes, from, to }: LabelBytes, value: number) =>
        written.push([Buffer.from(bytes.subarray(from, to)).toString(), value]),
    } as unknown as Encoder;
    const [depth] = output.view.families();
    if (depth !== undefined) output.view.write(encoder, output.view.rowsOf(depth)[1] as number, depth, nowMs, false);
    expect(written).toEqual([
      ["depth", "gauge"],
      ['queue="b"', 5],
      [`depth${SUFFIX}`, "gauge"],
      ['queue="b"', START + 60],
    ]);
  });
});

describe("a series that is called like a last-seen gauge", () => {
  const CASES: readonly (readonly [name: string, kind: Kind, shown: string])[] = [
    [`depth${SUFFIX}`, "gauge", `depth${SUFFIX}_sent`],
    ["depth.last.seen.timestamp.seconds", "gauge", `depth${SUFFIX}_sent`],
    [`depth${SUFFIX}`, "counter", `depth${SUFFIX}_sent_total`],
    [`depth${SUFFIX}_total`, "counter", `depth${SUFFIX}_total_sent_total`],
    ["depth_last_seen_timestamp", "timer", "depth_last_seen_timestamp_sent_seconds"],
    [`up${SUFFIX}`, "gauge", `up${SUFFIX}_sent`],
    [`tallyd${SUFFIX}`, "gauge", `statsd_tallyd${SUFFIX}_sent`],
  ];

  test.each(CASES)("%s, a %s, is shown as %s, whoever comes first", async (name, kind, shown) => {
    for (const isFirst of [true, false]) {
      const bench = new Bench({ lastSeen: "all" });
      const sends = [seriesOf("depth", "gauge"), seriesOf(name, kind)];
      for (const series of isFirst ? sends.toReversed() : sends) bench.send(series, 1);
      const names = [...parseExposition(await bench.bytes()).keys()].toSorted();
      expect(names).toEqual(["depth", `depth${SUFFIX}`, shown, shown + SUFFIX].toSorted());
      parseOpenMetrics(await bench.bytes([], OPEN_METRICS));
      expect(bench.output.status().notes).toMatchObject({ names_reserved: 1, families_renamed: 0 });
    }
  });

  test("is moved with exact naming too, so that neither is refused", async () => {
    const bench = new Bench({ lastSeen: "all", naming: "exact" });
    expect(bench.send(seriesOf(`depth${SUFFIX}`, "gauge"), 1)).not.toBe(NO_CELL);
    expect(bench.send(seriesOf("depth", "gauge"), 1)).not.toBe(NO_CELL);
    expect([...parseExposition(await bench.bytes()).keys()]).toHaveLength(4);
  });

  test("keeps its name where there are no such gauges", async () => {
    const bench = new Bench();
    bench.send(seriesOf(`depth${SUFFIX}`, "gauge"), 1);
    expect(await bench.samples()).toEqual([`depth${SUFFIX} 1`]);
  });
});
