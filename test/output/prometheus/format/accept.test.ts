import { describe, expect, test } from "vitest";
import { negotiate } from "../../../../src/output/prometheus/format/accept.ts";

const TEXT = "text/plain; version=0.0.4; charset=utf-8";
const OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PROTOBUF = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
const PROTO = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
const OM = "application/openmetrics-text;version=";
const UTF_8 = ";escaping=allow-utf-8";
const UNDERSCORES = ";escaping=underscores";

/** What servers send, byte for byte, and what they must get. */
const SERVERS: readonly (readonly [server: string, accept: string, contentType: string])[] = [
  ["Prometheus 2.42 to 2.48", `${OM}1.0.0,${OM}0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`, OPEN_METRICS],
  [
    "Prometheus 2.42 to 2.48 with native histograms",
    `${PROTO},${OM}1.0.0;q=0.8,${OM}0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
    PROTOBUF,
  ],
  ["Prometheus 2.49.0", `${OM}1.0.0,${OM}0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=2`, OPEN_METRICS],
  [
    "Prometheus 2.50 to 2.55",
    `${OM}1.0.0;q=0.5,${OM}0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2`,
    OPEN_METRICS,
  ],
  [
    "Prometheus 2.50 to 2.55, protobuf first",
    `${PROTO};q=0.5,${OM}1.0.0;q=0.4,${OM}0.0.1;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1`,
    PROTOBUF,
  ],
  [
    "Prometheus 3.0 to 3.2",
    `${OM}1.0.0${UTF_8};q=0.6,${OM}0.0.1${UTF_8};q=0.5,text/plain;version=1.0.0${UTF_8}${UTF_8};q=0.4,text/plain;version=0.0.4${UTF_8};q=0.3,*/*${UTF_8};q=0.2`,
    `${OPEN_METRICS}; escaping=allow-utf-8`,
  ],
  [
    "Prometheus 3.0 to 3.3, protobuf first",
    `${PROTO}${UTF_8};q=0.6,${OM}1.0.0${UTF_8};q=0.5,${OM}0.0.1${UTF_8};q=0.4,text/plain;version=1.0.0${UTF_8};q=0.3,text/plain;version=0.0.4${UTF_8};q=0.2,*/*${UTF_8};q=0.1`,
    `${PROTOBUF}; escaping=allow-utf-8`,
  ],
  [
    "Prometheus 3.0 to 3.3, protobuf first, names validated as before",
    `${PROTO}${UNDERSCORES};q=0.6,${OM}1.0.0${UNDERSCORES};q=0.5,${OM}0.0.1${UNDERSCORES};q=0.4,text/plain;version=1.0.0${UNDERSCORES};q=0.3,text/plain;version=0.0.4${UNDERSCORES};q=0.2,*/*${UNDERSCORES};q=0.1`,
    `${PROTOBUF}; escaping=underscores`,
  ],
  [
    "Prometheus 3.3",
    `${OM}1.0.0${UTF_8};q=0.6,${OM}0.0.1${UTF_8};q=0.5,text/plain;version=1.0.0${UTF_8};q=0.4,text/plain;version=0.0.4${UTF_8};q=0.3,*/*${UTF_8};q=0.2`,
    `${OPEN_METRICS}; escaping=allow-utf-8`,
  ],
  [
    "Prometheus 3.4 and later",
    `${OM}1.0.0${UTF_8};q=0.6,${OM}0.0.1;q=0.5,text/plain;version=1.0.0${UTF_8};q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2`,
    `${OPEN_METRICS}; escaping=allow-utf-8`,
  ],
  [
    "Prometheus 3.4 and later, protobuf first",
    `${PROTO};q=0.6,${OM}1.0.0${UTF_8};q=0.5,${OM}0.0.1;q=0.4,text/plain;version=1.0.0${UTF_8};q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1`,
    `${PROTOBUF}; escaping=allow-utf-8`,
  ],
  [
    "Prometheus 3.4 and later, protobuf first, names validated as before",
    `${PROTO};q=0.6,${OM}1.0.0${UNDERSCORES};q=0.5,${OM}0.0.1;q=0.4,text/plain;version=1.0.0${UNDERSCORES};q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1`,
    `${PROTOBUF}; escaping=underscores`,
  ],
  [
    "Prometheus 3.4 and later, names validated as before",
    `${OM}1.0.0${UNDERSCORES};q=0.6,${OM}0.0.1;q=0.5,text/plain;version=1.0.0${UNDERSCORES};q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2`,
    `${OPEN_METRICS}; escaping=underscores`,
  ],
  ["VictoriaMetrics", "text/plain;version=0.0.4;q=1,*/*;q=0.1", TEXT],
  [
    "Prometheus 3, text 1.0.0 alone",
    `text/plain;version=1.0.0${UTF_8};q=0.4,*/*;q=0.2`,
    "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
  ],
  ["a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", TEXT],
  ["curl", "*/*", TEXT],
];

describe("negotiate", () => {
  test.each(SERVERS)("answers %s", (_server, accept, contentType) => {
    expect(negotiate(accept).contentType).toBe(contentType);
  });

  test.each([
    ["nothing", undefined],
    ["an empty header", ""],
    ["text without a version", "text/plain"],
    ["types that do not exist here", "application/json, image/png;q=0.9"],
    ["quality 0", "application/openmetrics-text;version=1.0.0;q=0"],
    ["a quality that is no number", "application/openmetrics-text;version=1.0.0;q=x"],
    ["an older OpenMetrics", "application/openmetrics-text;version=0.0.1"],
    ["protobuf of something else", "application/vnd.google.protobuf;proto=a.B;encoding=delimited"],
    ["protobuf as text", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text"],
    ["protobuf that does not say which", "application/vnd.google.protobuf"],
    ["commas and semicolons", ",;,;;=,="],
    ["a header without end", `application/openmetrics-text;version=1.0.0,${"a/b,".repeat(5000)}`],
    ["UTF-8 names in text 0.0.4, which cannot quote", "text/plain;version=0.0.4;escaping=allow-utf-8"],
  ])("answers text 0.0.4 to %s", (_what, accept) => {
    expect(negotiate(accept)).toMatchObject({ contentType: TEXT, escaping: "underscores" });
  });

  test.each(["underscores", "dots", "values", "allow-utf-8"])("escapes names as asked: %s", (escaping) => {
    const asked = negotiate(`text/plain;version=1.0.0;escaping=${escaping}`);
    expect(asked).toMatchObject({ escaping });
    expect(asked.contentType).toBe(`text/plain; version=1.0.0; charset=utf-8; escaping=${escaping}`);
  });

  test("escapes names with underscores where that is not said, or in a way that is not known", () => {
    expect(negotiate("text/plain;version=1.0.0").escaping).toBe("underscores");
    expect(negotiate("text/plain;version=1.0.0;escaping=rot13").escaping).toBe("underscores");
  });

  test("reads names in any case, blanks and quotes", () => {
    expect(negotiate('Application/OpenMetrics-Text ; Version = "1.0.0"').contentType).toBe(OPEN_METRICS);
  });
});
