import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { labelFloatText } from "../../../src/output/prometheus/float.ts";
import type { ParsedFamily } from "../../support/exposition.ts";
import { parseExposition } from "../../support/exposition.ts";
import { parseProtobuf } from "../../support/client-model.ts";
import type { ClientFamily, ClientMetric } from "../../support/client-model.ts";
import { keyOf, parseOpenMetrics } from "../../support/openmetrics.ts";
import { hostileSeries, sendHostile } from "../../support/hostile-series.ts";
import { Bench } from "../../support/prometheus.ts";

const OPEN_METRICS = "application/openmetrics-text;version=1.0.0";
const PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

const options = fc.record({
  naming: fc.constantFrom("conventional" as const, "exact" as const),
  names: fc.constantFrom("legacy" as const, "utf8" as const),
  valuelessTags: fc.constantFrom("true" as const, "drop" as const),
  createdSamples: fc.boolean(),
  targetInfo: fc.boolean(),
  globalTags: fc.constantFrom([], ["env:prod", "a.b:1"]),
  lastSeen: fc.constantFrom("off" as const, "gauges" as const, "all" as const),
  seriesMax: fc.constantFrom(3, 1000),
});

function filled(chosen: ConstructorParameters<typeof Bench>[0], inputs: Parameters<typeof sendHostile>[1][]): Bench {
  const bench = new Bench(chosen);
  for (const input of inputs) sendHostile(bench, input);
  return bench;
}

/** Samples of a page by name and labels: what all formats must agree on. */
function samplesOf(families: ReadonlyMap<string, Omit<ParsedFamily, "help">>): Map<string, number> {
  const shown = [...families.values()].flatMap(({ name: family, type, samples }) =>
    samples.filter(({ name }) => name !== `${family}_created` || type === "gauge" || type === "unknown"),
  );
  return new Map(shown.map(({ name, labels, value }) => [keyOf(name, labels), value]));
}

/** The samples that text would show of a page in protobuf. */
function flatten(families: readonly ClientFamily[]): Map<string, number> {
  const samples = new Map<string, number>();
  for (const { name, metric } of families) {
    for (const one of metric) {
      for (const [suffix, key, text, value] of parts(one)) {
        const labels = new Map((one.label ?? []).map((pair) => [pair.name, pair.value]));
        expect(labels.size).toBe((one.label ?? []).length);
        if (key !== "") labels.set(key, text);
        expect(samples.has(keyOf(name + suffix, labels))).toBe(false);
        samples.set(keyOf(name + suffix, labels), value);
      }
    }
  }
  return samples;
}

function parts({ counter, gauge, summary, histogram }: ClientMetric): [string, string, string, number][] {
  if (counter !== undefined) return [["", "", "", counter.value]];
  if (gauge !== undefined) return [["", "", "", gauge.value]];
  const { sampleSum, sampleCount } = summary ?? histogram ?? { sampleSum: NaN, sampleCount: NaN };
  const totals: [string, string, string, number][] = [
    ["_sum", "", "", sampleSum],
    ["_count", "", "", sampleCount],
  ];
  if (summary !== undefined) {
    for (const { quantile, value } of summary.quantile ?? [])
      totals.push(["", "quantile", labelFloatText(quantile), value]);
  }
  if (histogram !== undefined) {
    for (const { cumulativeCount, upperBound } of histogram.bucket ?? [])
      totals.push(["_bucket", "le", labelFloatText(upperBound), cumulativeCount]);
    totals.push(["_bucket", "le", "+Inf", sampleCount]);
  }
  return totals;
}

describe("for every input", () => {
  test("OpenMetrics and protobuf are valid, and show what text shows", async () => {
    await fc.assert(
      fc.asyncProperty(options, fc.array(hostileSeries, { maxLength: 20 }), async (chosen, inputs) => {
        const bench = filled(chosen, inputs);
        const text = samplesOf(parseExposition(await bench.bytes()));
        expect(samplesOf(parseOpenMetrics(await bench.bytes([], OPEN_METRICS)))).toEqual(text);
        expect(flatten(parseProtobuf(await bench.bytes([], PROTOBUF)))).toEqual(text);
      }),
      { numRuns: 1000 },
    );
  }, 60_000);

  test.each(["underscores", "dots", "values", "allow-utf-8"])(
    "names escaped as %s stay different, in every format",
    async (escaping) => {
      await fc.assert(
        fc.asyncProperty(options, fc.array(hostileSeries, { maxLength: 20 }), async (chosen, inputs) => {
          const bench = filled({ ...chosen, names: "utf8" }, inputs);
          const plain = samplesOf(parseExposition(await bench.bytes()));
          const open = samplesOf(parseOpenMetrics(await bench.bytes([], `${OPEN_METRICS};escaping=${escaping}`)));
          const accept = `text/plain;version=1.0.0;escaping=${escaping}`;
          const text = samplesOf(parseOpenMetrics(await bench.bytes([], accept), "text-1.0.0"));
          const proto = flatten(parseProtobuf(await bench.bytes([], `${PROTOBUF};escaping=${escaping}`)));
          expect(open).toEqual(text);
          expect(proto).toEqual(text);
          expect([...text.values()].toSorted()).toEqual([...plain.values()].toSorted());
          if (escaping === "underscores") expect(text).toEqual(plain);
        }),
        { numRuns: 300 },
      );
    },
    60_000,
  );
});
