import { describe, expect, it } from "vitest";
import type { Kind } from "../../../src/model/kind.ts";
import { DATADOG_DEFAULTS } from "./defaults.ts";
import type { Projected } from "../../../src/output/datadog/projection.ts";
import { createProjection, metricName, sketchTags } from "../../../src/output/datadog/projection.ts";

const SETTINGS = { ...DATADOG_DEFAULTS, hostname: "here" };

function project(
  name: string,
  tags: readonly string[],
  kind: Kind = "counter",
  host?: string,
  settings: Parameters<typeof createProjection>[0] = SETTINGS,
): Projected {
  return createProjection(settings).project(name, tags, host, kind);
}

describe("a name at Datadog", () => {
  it.each([
    ["requests.total", "requests.total"],
    ["a-b c/d", "a_b_c_d"],
    ["9lives", "m_9lives"],
    ["_x", "m__x"],
    ["é", "m__"],
    ["🙂x", "m__x"],
    ['a\n"quoted"', "a__quoted_"],
  ])("for %j is %j", (name, valid) => expect(metricName(name, 200)).toBe(valid));

  it("is cut so that the longest suffix of a histogram still fits", () => {
    const { name, altered } = project("n".repeat(300), [], "histogram");
    expect(name.length).toBe(200 - ".95percentile".length);
    expect(altered).toBe(true);
    expect(project("n".repeat(300), [], "counter").name.length).toBe(200);
  });
});

describe("tags", () => {
  it("are sorted and unique, without empty ones", () => {
    expect(project("x", ["b:2", "a:1", "", "b:2"]).tags).toEqual(["a:1", "b:2"]);
  });

  it("are cut to 200 characters without splitting a character", () => {
    const [tag] = project("x", [`${"k".repeat(199)}🙂`]).tags;
    expect(tag).toBe("k".repeat(199));
  });

  it("that differ only in case are one series, because Datadog lower-cases them", () => {
    expect(project("x", ["Env:Prod"]).key).toBe(project("x", ["env:prod"]).key);
    const v1 = { ...SETTINGS, seriesApi: "v1" as const };
    expect(project("x", ["Env:P"], "counter", undefined, v1).key).not.toBe(
      project("x", ["env:p"], "counter", undefined, v1).key,
    );
  });

  it("name the device of a series, but stay tags in a sketch", () => {
    expect(project("x", ["a:1", "device:sda"])).toMatchObject({ device: "sda", tags: ["a:1"] });
    expect(project("x", ["device:sda"], "distribution")).toMatchObject({ device: "", tags: ["device:sda"] });
  });
});

describe("the Agent's tags for resources", () => {
  const tags = ["dd.internal.resource:pod:web-1", "a:1", "dd.internal.resource:pod", "device:sda"];

  it("become resources of a series", () => {
    expect(project("x", tags)).toMatchObject({
      device: "sda",
      resources: ["pod:web-1"],
      tags: ["a:1", "dd.internal.resource:pod"],
    });
    expect(project("x", tags).key).not.toBe(project("x", tags.slice(1)).key);
  });

  it("stay tags where there are no resources: in a sketch and for other receivers", () => {
    expect(project("x", tags, "distribution")).toMatchObject({ resources: [], tags: [...tags].sort() });
    const v1 = { ...SETTINGS, seriesApi: "v1" as const };
    expect(project("x", tags, "gauge", undefined, v1).tags).toContain("dd.internal.resource:pod:web-1");
  });

  it("are tags again in the sketch of a histogram", () => {
    expect(sketchTags(project("x", tags, "histogram"))).toEqual([...tags].sort());
  });
});

describe("the distribution of a histogram", () => {
  const copyName = (kind: Kind, name: string, more: Partial<Parameters<typeof createProjection>[0]>): string =>
    project(name, [], kind, undefined, { ...SETTINGS, ...more }).copyName;

  it("has the prefix before its name, and is a valid name", () => {
    expect(copyName("timer", "took", { histogramCopyPrefix: "dist." })).toBe("dist.took");
    expect(copyName("histogram", "9 lives", { histogramCopyPrefix: "" })).toBe("m_9_lives");
    expect(copyName("histogram", "n".repeat(300), { histogramCopyPrefix: "d." })).toBe(`d.${"n".repeat(198)}`);
  });

  it("is not made unless asked for, of other kinds, and for receivers without sketches", () => {
    expect(copyName("histogram", "x", {})).toBe("");
    expect(copyName("counter", "x", { histogramCopyPrefix: "d." })).toBe("");
    expect(copyName("distribution", "x", { histogramCopyPrefix: "d." })).toBe("");
    expect(copyName("histogram", "x", { histogramCopyPrefix: "d.", seriesApi: "v1" })).toBe("");
  });
});

describe("the host", () => {
  it.each([
    [undefined, "here"],
    ["other", "other"],
    ["", ""],
  ])("for %j is %j", (host, want) => expect(project("x", [], "gauge", host).host).toBe(want));
});

describe("which series share a cell", () => {
  const key = (kind: Kind, api: "v1" | "v2" = "v2"): string =>
    project("x", ["a:1"], kind, undefined, { ...SETTINGS, seriesApi: api }).key;

  it("histograms and timers of a name do, distributions do not", () => {
    expect(key("histogram")).toBe(key("timer"));
    expect(key("distribution")).not.toBe(key("histogram"));
  });

  it("distributions are histograms where the receiver knows no sketches", () => {
    expect(key("distribution", "v1")).toBe(key("histogram", "v1"));
  });

  it("host, device and tags cannot be mistaken for each other", () => {
    const keys = [
      project("x", ["h"], "gauge", ""),
      project("x", [], "gauge", "h"),
      project("x", ["device:h"], "gauge", ""),
      project("x", ["h", "i"], "gauge", ""),
      project("x", ["hi"], "gauge", ""),
    ].map((each) => each.key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("rivals", () => {
  it("are the plain series that a histogram's parts would overwrite, and the reverse", () => {
    const projection = createProjection(SETTINGS);
    const histogram = projection.project("x", ["a:1"], undefined, "timer");
    const counter = projection.project("x.count", ["a:1"], undefined, "counter");
    expect(projection.rivals(histogram)).toContain(counter.key);
    expect(projection.rivals(counter)).toContain(histogram.key);
    expect(projection.rivals(projection.project("x.sum", ["a:1"], undefined, "counter"))).toEqual([]);
  });
});

describe("the parts of a histogram", () => {
  const partsOf = (histogramPercentiles: number[]): readonly string[] =>
    createProjection({ ...SETTINGS, histogramPercentiles }).parts.map((part) => part.suffix);

  it("are the Agent's by default", () => {
    expect(partsOf([0.95])).toEqual([".max", ".median", ".avg", ".count", ".95percentile"]);
  });

  it("round percentiles as the Agent does, and appear once", () => {
    const { parts, quantiles } = createProjection({ ...SETTINGS, histogramPercentiles: [0.999, 0.995, 0.07] });
    expect(parts.slice(4).map((part) => part.suffix)).toEqual([".100percentile", ".7percentile"]);
    expect(quantiles).toEqual([0.5, 1, 0.07]);
  });
});
