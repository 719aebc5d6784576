import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { SeriesPoint } from "../../../src/output/datadog/columns.ts";
import { encodeSeriesV1, encodeSeriesV2, encodeSketch } from "../../../src/output/datadog/encode.ts";
import { sketchOf } from "../../../src/output/datadog/sketch.ts";
import { decodeJson } from "../../support/intake/decode-json.ts";
import { decodeProto } from "../../support/intake/decode-proto.ts";

const SLOT = { name: "m", host: "h", device: "", resources: [] as string[], tagsJson: '["a:b"]' };
const POINT: SeriesPoint = { slot: SLOT, suffix: "", type: 2, interval: 10, timestamp: 1_700_000_000, value: 1.5 };
/** metric d, host h, tag a:b, values 1, 10, 100 at 1700000000, as the Agent encodes it. */
const GOLDEN_SKETCH =
  "0a460a01641201682203613a623a390880e2cfaa06100319000000000000f03f210000000000005940290000000000804240310000000000c05b403a06f4149e17c6194203010101";

const HAS_PROTOC = spawnSync("protoc", ["--version"]).error === undefined;
if (!HAS_PROTOC) console.warn("protoc is not installed: one test is skipped");

function goldenSketch(): Uint8Array {
  const values = [1, 10, 100];
  const sketch = sketchOf((visit) => values.forEach((value) => visit(value, value, 1)), { min: 1, max: 100, sum: 111 });
  if (sketch === undefined) throw new Error("no sketch was made");
  return encodeSketch({ slot: { ...SLOT, name: "d" }, timestamp: 1_700_000_000, sketch });
}

describe("a series of the v2 route", () => {
  it("has the host as a resource, points as objects, the type as a number", () => {
    expect(JSON.parse(encodeSeriesV2(POINT))).toEqual({
      metric: "m",
      type: 2,
      interval: 10,
      points: [{ timestamp: 1_700_000_000, value: 1.5 }],
      resources: [{ type: "host", name: "h" }],
      tags: ["a:b"],
    });
  });

  it("names further resources", () => {
    const slot = { ...SLOT, device: "sda", resources: ["k8s:pod:1", "vm:x"] };
    expect(JSON.parse(encodeSeriesV2({ ...POINT, slot })).resources).toEqual([
      { type: "host", name: "h" },
      { type: "device", name: "sda" },
      { type: "k8s", name: "pod:1" },
      { type: "vm", name: "x" },
    ]);
  });

  it("gives a gauge no interval, and names the device", () => {
    const gauge = { ...POINT, type: 3 as const, suffix: ".max", slot: { ...SLOT, host: "", device: "sda" } };
    const decoded = JSON.parse(encodeSeriesV2(gauge));
    expect(decoded).toMatchObject({ metric: "m.max", type: 3 });
    expect(decoded.resources).toEqual([
      { type: "host", name: "" },
      { type: "device", name: "sda" },
    ]);
    expect(decoded).not.toHaveProperty("interval");
  });

  it.each([0, -0, 1e21, 1e-7, -1.5, 5e-324, Number.MAX_VALUE])(
    "writes %d so that Datadog's client reads it back",
    (value) => {
      const body = Buffer.from(`{"series":[${encodeSeriesV2({ ...POINT, value })}]}`);
      const { series } = decodeJson(body, "v2", "MetricPayload") as { series: { points: { value: number }[] }[] };
      expect(series[0]?.points[0]?.value === value).toBe(true);
    },
  );

  it("keeps quotes, line ends and other scripts in host and tags", () => {
    const tags = ['say:"hi"', "näme:日本", "a\nb"];
    const slot = { ...SLOT, host: 'h"\\', tagsJson: JSON.stringify(tags) };
    const decoded = JSON.parse(encodeSeriesV2({ ...POINT, slot }));
    expect(decoded.tags).toEqual(tags);
    expect(decoded.resources[0].name).toBe('h"\\');
  });
});

describe("a series of the v1 route", () => {
  it("has host and device as fields, points as pairs, the type as a word", () => {
    const slot = { ...SLOT, device: "sda" };
    expect(JSON.parse(encodeSeriesV1({ ...POINT, slot }))).toEqual({
      metric: "m",
      points: [[1_700_000_000, 1.5]],
      type: "rate",
      interval: 10,
      host: "h",
      device: "sda",
      tags: ["a:b"],
    });
  });
});

describe("a sketch", () => {
  it("is the Agent's bytes", () => {
    expect(Buffer.from(goldenSketch()).toString("hex")).toBe(GOLDEN_SKETCH);
  });

  it("concatenates with others to one payload", () => {
    const two = Buffer.concat([goldenSketch(), goldenSketch()]);
    expect(decodeProto(two, "SketchPayload")["sketches"]).toHaveLength(2);
  });

  it.skipIf(!HAS_PROTOC)("is read by Google's decoder", () => {
    const schema = fileURLToPath(new URL("../../support/intake/", import.meta.url));
    const args = [`-I${schema}`, "--decode=datadog.agentpayload.SketchPayload", "agent-payload.proto"];
    const text = execFileSync("protoc", args, { input: goldenSketch(), encoding: "utf8" });
    expect(text.match(/k: \d+|cnt: \d+/g)).toEqual(["cnt: 3", "k: 1338", "k: 1487", "k: 1635"]);
  });
});
