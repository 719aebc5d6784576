import { describe, expect, test } from "vitest";
import { negotiate, TEXT_004 } from "../../../../src/output/prometheus/format/format.ts";
import type { Format } from "../../../../src/output/prometheus/format/format.ts";

const OPEN_METRICS: Format = {
  ...TEXT_004,
  name: "om",
  mediaType: "application/openmetrics-text",
  parameters: { version: "1.0.0" },
};
const TEXT_100: Format = { ...TEXT_004, name: "text-1.0.0", parameters: { version: "1.0.0" } };

/** What servers really send. */
const ACCEPTS: readonly (readonly [server: string, accept: string])[] = [
  [
    "Prometheus 2.42",
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
  ],
  [
    "Prometheus 2.42 with native histograms",
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
  ],
  [
    "Prometheus 2.49.0",
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=2",
  ],
  [
    "Prometheus 2.53",
    "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
  ],
  [
    "Prometheus 3.5",
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
  ],
  [
    "Prometheus 3.5, protobuf first",
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
  ],
  ["VictoriaMetrics", "text/plain;version=0.0.4;q=1,*/*;q=0.1"],
  ["curl", "*/*"],
];

describe("negotiate", () => {
  test.each(ACCEPTS)("answers text 0.0.4 to %s while there is nothing else", (_server, accept) => {
    expect(negotiate(accept)).toBe(TEXT_004);
  });

  test("takes the explicit type with the highest quality once there are more formats", () => {
    const formats = [TEXT_004, OPEN_METRICS, TEXT_100];
    const chosen = ACCEPTS.map(([, accept]) => negotiate(accept, formats).name);
    expect(chosen).toEqual(["om", "om", "om", "om", "om", "om", "text-0.0.4", "text-0.0.4"]);
  });

  test.each([
    ["nothing", undefined],
    ["an empty header", ""],
    ["text without a version", "text/plain"],
    ["types that do not exist here", "application/json, image/png;q=0.9"],
    ["quality 0", "application/openmetrics-text;version=1.0.0;q=0"],
    ["a quality that is no number", "application/openmetrics-text;version=1.0.0;q=x"],
    ["commas and semicolons", ",;,;;=,="],
    ["a header without end", `application/openmetrics-text;version=1.0.0,${"a/b,".repeat(5000)}`],
  ])("answers text 0.0.4 to %s", (_what, accept) => {
    expect(negotiate(accept, [TEXT_004, OPEN_METRICS])).toBe(TEXT_004);
  });

  test("reads names in any case, blanks and quotes", () => {
    expect(negotiate('Application/OpenMetrics-Text ; Version = "1.0.0"', [TEXT_004, OPEN_METRICS])).toBe(OPEN_METRICS);
  });
});
