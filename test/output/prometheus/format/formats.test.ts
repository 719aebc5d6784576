import { describe, expect, test } from "vitest";
import type { Encoder } from "../../../../src/output/prometheus/format/encoder.ts";
import { OpenMetricsEncoder } from "../../../../src/output/prometheus/format/openmetrics.ts";
import { Page } from "../../../../src/output/prometheus/format/page.ts";
import { ProtobufEncoder } from "../../../../src/output/prometheus/format/protobuf.ts";
import { labelBytes } from "../../../../src/output/prometheus/row-labels.ts";
import type { SelfFamily } from "../../../../src/telemetry/family.ts";
import { nativeBuckets, parseProtobuf } from "../../../support/client-model.ts";
import { parseExposition } from "../../../support/exposition.ts";
import { parseOpenMetrics } from "../../../support/openmetrics.ts";
import { Bench, seriesOf, START_MS } from "../../../support/prometheus.ts";

const OPEN_METRICS = "application/openmetrics-text;version=1.0.0";
const PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

function written(make: (page: Page) => Encoder, write: (encoder: Encoder) => void): Buffer {
  const page = new Page();
  const encoder = make(page);
  for (let pass = 0; pass < encoder.passes; pass += 1) {
    if (pass === 0) encoder.family(HEAD);
    write(encoder);
    encoder.passEnd();
  }
  encoder.end();
  return Buffer.concat(page.take(true));
}

const HEAD = {
  name: "h",
  type: "histogram",
  help: "x",
  unit: "",
  ownsCounterNames: true,
  ownsCreated: true,
} as const;
const NO_FACTS = { createdMs: NaN, exemplar: undefined };
const EXEMPLAR = { labels: [["trace_id", "4bf9"]], value: 0.7, timeMs: START_MS + 500 } as const;
const NATIVE = {
  schema: 0,
  zeroThreshold: 2 ** -128,
  zeroCount: 0,
  positive: { indexes: [0, 1], counts: [2, 3] },
  negative: { indexes: [], counts: [] },
};
const EMPTY = { boundTexts: [], bounds: [], counts: [], count: 0, sum: 0, native: undefined };

describe("OpenMetrics", () => {
  test("names a counter without _total, and its samples with it", async () => {
    const bench = new Bench();
    bench.send(seriesOf("hits", "counter", ["a:1"]), 2);
    bench.send(seriesOf("wait", "timer", [], { layout: 2 }), 250);
    expect(await bench.page([], OPEN_METRICS)).toBe(`# TYPE hits counter
# HELP hits Counter received over StatsD, since the server started.
hits_total{a="1"} 2
# TYPE wait_seconds histogram
# UNIT wait_seconds seconds
# HELP wait_seconds Timer received over StatsD, in seconds.
wait_seconds_bucket{le="0.5"} 1
wait_seconds_bucket{le="1.0"} 1
wait_seconds_bucket{le="1e+06"} 1
wait_seconds_bucket{le="+Inf"} 1
wait_seconds_sum 0.25
wait_seconds_count 1
# EOF
`);
  });

  test("calls a counter unknown where its samples would have to be renamed, or its family's name is taken", async () => {
    const bench = new Bench({ naming: "exact" });
    bench.send(seriesOf("hits", "counter"), 1);
    bench.send(seriesOf("depth_total", "counter"), 2);
    bench.send(seriesOf("depth", "gauge"), 3);
    bench.send(seriesOf("right_total", "counter"), 4);
    const families = parseOpenMetrics(await bench.bytes([], OPEN_METRICS));
    expect([...families.values()].map(({ name, type, samples }) => [name, type, samples[0]?.name])).toEqual([
      ["hits", "unknown", "hits"],
      ["depth_total", "unknown", "depth_total"],
      ["depth", "gauge", "depth"],
      ["right", "counter", "right_total"],
    ]);
  });

  test("shows when a series began, by option", async () => {
    const bench = new Bench({ createdSamples: true });
    bench.send(seriesOf("hits", "counter"), 1);
    bench.send(seriesOf("wait", "timer"), 250);
    bench.send(seriesOf("depth", "gauge"), 1);
    const page = await bench.page([], OPEN_METRICS);
    expect(page.split("\n").filter((line) => line.includes("_created"))).toEqual([
      `hits_created ${START_MS / 1000}`,
      `wait_seconds_created ${START_MS / 1000}`,
    ]);
    expect(await bench.page()).not.toContain("_created");
  });

  test("puts an exemplar on the bucket that holds it", () => {
    const reading = { ...EMPTY, boundTexts: ["0.5", "1.0"], bounds: [0.5, 1], counts: [1, 3], count: 4, sum: 9 };
    const page = (text: string, value = 0.7): string =>
      written(
        (into) => new OpenMetricsEncoder(into, false),
        (encoder) =>
          encoder.histogram(labelBytes(""), reading, {
            createdMs: NaN,
            exemplar: { ...EXEMPLAR, value, labels: [["trace_id", text]] },
          }),
      ).toString();
    expect(page("4bf9")).toContain(
      `h_bucket{le="0.5"} 1\nh_bucket{le="1.0"} 3 # {trace_id="4bf9"} 0.7 ${(START_MS + 500) / 1000}\nh_bucket{le="+Inf"} 4\n`,
    );
    parseOpenMetrics(Buffer.from(page('say "hi"\n')));
    expect(page("4bf9", Infinity)).toContain('h_bucket{le="+Inf"} 4 # {trace_id="4bf9"} +Inf ');
  });
});

describe("protobuf", () => {
  test("is, of the smallest native histogram, what Prometheus' documentation gives", () => {
    const page = written(
      (into) => new ProtobufEncoder(into),
      (encoder) => encoder.histogram(labelBytes('a="b"'), { ...EMPTY, count: 5, sum: 6.5, native: NATIVE }, NO_FACTS),
    );
    const [family] = parseProtobuf(page);
    expect(family).toMatchObject({ name: "h", help: "x", type: "HISTOGRAM" });
    const histogram = family?.metric[0]?.histogram;
    expect(family?.metric[0]?.label).toEqual([{ name: "a", value: "b" }]);
    expect(histogram).toMatchObject({ sampleCount: 5, sampleSum: 6.5, schema: 0, zeroThreshold: 2 ** -128 });
    expect(nativeBuckets(histogram?.positiveSpan, histogram?.positiveDelta)).toEqual([
      [0, 2],
      [1, 3],
    ]);
  });

  test("tells a native histogram without samples by its span", () => {
    const none = { ...NATIVE, positive: { indexes: [], counts: [] } };
    const [family] = parseProtobuf(
      written(
        (into) => new ProtobufEncoder(into),
        (encoder) => encoder.histogram(labelBytes(""), { ...EMPTY, native: none }, NO_FACTS),
      ),
    );
    expect(family?.metric[0]?.histogram?.positiveSpan).toHaveLength(1);
    expect(family?.metric[0]?.histogram?.zeroThreshold).toBe(2 ** -128);
  });

  test("keeps gaps, negative buckets and falling counts", () => {
    const native = {
      ...NATIVE,
      schema: -2,
      zeroCount: 7,
      positive: { indexes: [-300, -299, 5, 1000], counts: [9, 1, 2 ** 40, 0] },
      negative: { indexes: [-1, 3], counts: [1, 4] },
    };
    const [family] = parseProtobuf(
      written(
        (into) => new ProtobufEncoder(into),
        (encoder) => encoder.histogram(labelBytes(""), { ...EMPTY, native }, NO_FACTS),
      ),
    );
    const histogram = family?.metric[0]?.histogram;
    expect(histogram).toMatchObject({ schema: -2, zeroCount: 7 });
    expect(nativeBuckets(histogram?.positiveSpan, histogram?.positiveDelta)).toEqual([
      [-300, 9],
      [-299, 1],
      [5, 2 ** 40],
      [1000, 0],
    ]);
    expect(nativeBuckets(histogram?.negativeSpan, histogram?.negativeDelta)).toEqual([
      [-1, 1],
      [3, 4],
    ]);
  });

  test("says when series began, and not of gauges", async () => {
    const bench = new Bench();
    bench.send(seriesOf("hits", "counter"), 1);
    bench.send(seriesOf("wait", "timer"), 250);
    bench.send(seriesOf("size", "histogram", [], { layout: 1 }), 250);
    const [hits, wait, size] = parseProtobuf(await bench.bytes([], PROTOBUF)).map(({ metric }) => metric[0]);
    const created = { seconds: START_MS / 1000 };
    expect(hits?.counter?.createdTimestamp).toEqual(created);
    expect(wait?.summary?.createdTimestamp).toEqual(created);
    expect(size?.histogram?.createdTimestamp).toEqual(created);
  });

  test("carries exemplars of counters and of buckets, the last one too", () => {
    const reading = { ...EMPTY, boundTexts: ["0.5"], bounds: [0.5], counts: [1], count: 4, sum: 9, native: NATIVE };
    const [family] = parseProtobuf(
      written(
        (into) => new ProtobufEncoder(into),
        (encoder) => encoder.histogram(labelBytes(""), reading, { createdMs: START_MS, exemplar: EXEMPLAR }),
      ),
    );
    const want = {
      label: [{ name: "trace_id", value: "4bf9" }],
      value: 0.7,
      timestamp: { seconds: START_MS / 1000, nanos: 500_000_000 },
    };
    const { bucket, exemplars } = family?.metric[0]?.histogram ?? {};
    expect(bucket?.map(({ upperBound, exemplar }) => [upperBound, exemplar])).toEqual([
      [0.5, undefined],
      [Infinity, want],
    ]);
    expect(exemplars).toEqual([want]);
  });

  test("keeps the length it promised when a series goes, or its labels change, between the two passes", () => {
    const page = new Page();
    const encoder = new ProtobufEncoder(page);
    encoder.family({ ...HEAD, type: "gauge" });
    for (const text of ['a="1"', 'a="22"', 'a="3"']) encoder.value(labelBytes(text), 5, NO_FACTS);
    encoder.passEnd();
    encoder.value(labelBytes('a="1"'), 6, NO_FACTS);
    encoder.gone();
    encoder.value(labelBytes('a="333"'), 6, NO_FACTS);
    encoder.passEnd();
    encoder.end();
    const families = parseProtobuf(Buffer.concat(page.take(true)));
    expect(families).toHaveLength(1);
    expect(families[0]?.metric).toEqual([{ label: [{ name: "a", value: "1" }], gauge: { value: 6 } }]);
  });
});

test("names as they were sent go to scrapers that ask for them, and to nobody else", async () => {
  const bench = new Bench({ names: "utf8" });
  bench.send(seriesOf("http.hits", "counter", ["http.route:/a", "code:200"]), 2);
  bench.send(seriesOf("plain", "gauge"), 3);
  const samples = async (accept?: string): Promise<string[]> =>
    (await bench.page([], accept)).split("\n").filter((line) => line !== "" && !line.startsWith("# HELP"));
  expect(await samples("text/plain;version=1.0.0;escaping=allow-utf-8")).toEqual([
    '# TYPE "http.hits_total" counter',
    '{"http.hits_total",code="200","http.route"="/a"} 2',
    "# TYPE plain gauge",
    "plain 3",
  ]);
  expect(await samples(`${OPEN_METRICS};escaping=allow-utf-8`)).toContain('# TYPE "http.hits" counter');
  expect(await samples("text/plain;version=1.0.0;escaping=dots")).toContain(
    'http_dot_hits__total{code="200",http_dot_route="/a"} 2',
  );
  expect(await samples()).toContain('http_hits_total{code="200",http_route="/a"} 2');
});

test("an exemplar of more than 128 code points, key and value together, is on no page, and is counted", async () => {
  const bench = new Bench();
  const hits = seriesOf("hits", "counter");
  bench.send(hits, 1);
  const shown = async (trace: string): Promise<[open: string | undefined, proto: string | undefined]> => {
    const exemplar = { series: hits, label: ["trace.id", trace] as const, value: 1, timeMs: START_MS };
    bench.output.take([{ type: "exemplar", exemplar }]);
    const open = parseOpenMetrics(await bench.bytes([], OPEN_METRICS)).get("hits")?.samples[0]?.exemplar?.labels;
    const [family] = parseProtobuf(await bench.bytes([], PROTOBUF));
    return [open?.get("trace_id"), family?.metric[0]?.counter?.exemplar?.label[0]?.value];
  };
  const long = "😱".repeat(120);
  expect(await shown(`${long}x`)).toEqual([undefined, undefined]);
  expect(bench.output.status().notes).toMatchObject({ exemplars_too_long: 1 });
  expect(await shown(long)).toEqual([long, long]);
});

test("where no names are sent as they came, legacy ones stand as they are, however a scraper wants names escaped", async () => {
  const bench = new Bench();
  bench.send(seriesOf("a__b", "gauge", ["c__d:1"]), 1);
  bench.send(seriesOf("U__x", "gauge", ["U__y:1"]), 2);
  for (const escaping of ["dots", "values", "underscores", "allow-utf-8"]) {
    const page = await bench.page([], `text/plain;version=1.0.0;escaping=${escaping}`);
    expect(
      page.split("\n").filter((line) => line !== "" && !line.startsWith("#")),
      escaping,
    ).toEqual(['a__b{c__d="1"} 1', 'U__x{U__y="1"} 2']);
  }
});

test("a new counter is 0 for as long as the option says, where its beginning is not shown", async () => {
  const bench = new Bench({ zeroFirstMs: 15_000 });
  bench.send(seriesOf("hits", "counter"), 5);
  bench.send(seriesOf("wait", "timer", [], { layout: 2 }), 250);
  bench.send(seriesOf("size", "distribution"), 7);
  bench.send(seriesOf("depth", "gauge"), 5);
  const shown = async (accept?: string): Promise<number[]> => {
    const page = await bench.bytes([], accept);
    const families = accept === undefined ? parseExposition(page) : parseOpenMetrics(page);
    return [...families.values()].flatMap(({ samples }) =>
      samples.filter(({ name }) => /_total|_count|_sum|depth/.test(name)).map(({ value }) => value),
    );
  };
  const real = [5, 0.25, 1, 7, 1, 5];
  expect(await shown()).toEqual([0, 0, 0, 0, 0, 5]);
  expect(await shown(OPEN_METRICS)).toEqual([0, 0, 0, 0, 0, 5]);
  expect(parseProtobuf(await bench.bytes([], PROTOBUF))[0]?.metric[0]?.counter?.value).toBe(5);
  bench.advance(15_000);
  expect(await shown()).toEqual(real);
});

test("target_info has the global tags, and series have only their own", async () => {
  const bench = new Bench({ targetInfo: true, globalTags: ["env:prod", "team:a"] });
  bench.send(seriesOf("target", "counter", ["env:prod", "team:a", "x:1"]), 1);
  bench.send(seriesOf("target_info", "gauge"), 1);
  expect(await bench.samples()).toEqual([
    'target_info{env="prod",team="a"} 1',
    'statsd_target_total{x="1"} 1',
    "statsd_target_info 1",
  ]);
  const families = parseOpenMetrics(await bench.bytes([], OPEN_METRICS));
  expect(families.get("target")).toMatchObject({ type: "info", samples: [{ name: "target_info", value: 1 }] });
  expect(parseProtobuf(await bench.bytes([], PROTOBUF))[0]).toMatchObject({ name: "target_info", type: "GAUGE" });
});

test("our own metrics are the same in every format", async () => {
  const own: SelfFamily[] = [
    { name: "tallyd_x_total", type: "counter", help: 'Say "x".', samples: [{ labels: [["a", '"\\\n']], value: 2 }] },
    {
      name: "tallyd_h",
      type: "histogram",
      help: "H.",
      samples: [{ labels: [], value: { bounds: [0.001, 1], counts: [1, 2], count: 3, sum: 4.5 } }],
    },
  ];
  const bench = new Bench();
  const open = parseOpenMetrics(await bench.bytes(own, OPEN_METRICS));
  expect(open.get("tallyd_x")?.samples[0]).toMatchObject({ name: "tallyd_x_total", value: 2 });
  expect(open.get("tallyd_x")?.samples[0]?.labels.get("a")).toBe('"\\\n');
  const [counter, histogram] = parseProtobuf(await bench.bytes(own, PROTOBUF));
  expect(counter?.metric).toEqual([{ label: [{ name: "a", value: '"\\\n' }], counter: { value: 2 } }]);
  expect(histogram?.metric[0]?.histogram).toEqual({
    sampleCount: 3,
    sampleSum: 4.5,
    bucket: [
      { cumulativeCount: 1, upperBound: 0.001 },
      { cumulativeCount: 2, upperBound: 1 },
    ],
  });
});
