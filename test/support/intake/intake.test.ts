import { client, v1, v2 } from "@datadog/datadog-api-client";
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Intake } from "./intake.ts";
import { startIntake } from "./intake.ts";
import { referenceKey } from "./sketch-rules.ts";
import { sketchQuantile } from "./store.ts";

const KEY = "0123456789abcdef0123456789abcdef";
const NOW_SECONDS = 1_700_000_005;
/** Host h, metric m, tag a:b, 1.5 at 1700000000, rate, interval 10. */
const GOLDEN_SERIES = "0a280a090a04686f737412016812016d1a03613a62220f09000000000000f83f1080e2cfaa062802400a";
/** Metric d, host h, tag a:b, values 1, 10, 100 at 1700000000. */
const GOLDEN_SKETCH =
  "0a460a01641201682203613a623a390880e2cfaa06100319000000000000f03f210000000000005940290000000000804240310000000000c05b403a06f4149e17c6194203010101";
const JSON_TYPE = "application/json";
const PROTO_TYPE = "application/x-protobuf";

let intake: Intake;
beforeEach(async () => {
  intake = await startIntake({ keys: [KEY], now: () => NOW_SECONDS * 1000 });
});
afterEach(() => intake.close());

async function post(path: string, body: Uint8Array | string, headers: Record<string, string> = {}): Promise<number> {
  const all = { "dd-api-key": KEY, "content-type": JSON_TYPE, ...headers };
  const response = await fetch(intake.url + path, { method: "POST", body: Buffer.from(body), headers: all });
  await response.text();
  return response.status;
}

function series(change: object = {}): { series: object[] } {
  const one = { metric: "m", type: 2, interval: 10, points: [{ timestamp: 1_700_000_000, value: 1 }], tags: ["a:b"] };
  return { series: [{ ...one, resources: [{ type: "host", name: "h" }], ...change }] };
}

const golden = (hex: string): Buffer => Buffer.from(hex, "hex");
const lastRefusal = (): string => intake.arrivals.at(-1)?.refusal ?? "";

describe("honest traffic is taken", () => {
  it.each([
    ["as it is", undefined, (body: Buffer) => body],
    ["deflate", "deflate", deflateSync],
    ["gzip", "gzip", gzipSync],
    ["zstd", "zstd", zstdCompressSync],
    ["zstd1", "zstd1", zstdCompressSync],
  ])("v2 series, %s", async (_, encoding, compress) => {
    const headers: Record<string, string> = encoding === undefined ? {} : { "content-encoding": encoding };
    expect(await post("/api/v2/series", compress(Buffer.from(JSON.stringify(series()))), headers)).toBe(202);
    expect(intake.store.pointsOf("m")).toMatchObject([{ host: "h", type: "rate", interval: 10, value: 1 }]);
  });

  it("golden bytes: a v2 series and a sketch in protobuf", async () => {
    expect(await post("/api/v2/series", golden(GOLDEN_SERIES), { "content-type": PROTO_TYPE })).toBe(202);
    expect(intake.store.pointsOf("m")).toMatchObject([{ host: "h", tags: ["a:b"], value: 1.5, type: "rate" }]);
    expect(await post("/api/beta/sketches", golden(GOLDEN_SKETCH), { "content-type": PROTO_TYPE })).toBe(202);
    const [sketch] = intake.store.sketchesOf("d");
    expect(sketch).toMatchObject({ cnt: 3, min: 1, max: 100, sum: 111, host: "h" });
    expect(sketch && sketchQuantile(sketch, 0.5)).toBeCloseTo(10, 0);
  });

  it("from Datadog's own client, on all the routes it knows", async () => {
    const configuration = client.createConfiguration({
      authMethods: { apiKeyAuth: KEY },
      baseServer: new client.BaseServerConfiguration(intake.url, {}),
    });
    const point = { timestamp: 1_700_000_000, value: 2.5 };
    const one = {
      metric: "official",
      type: 1 as const,
      interval: 10,
      points: [point],
      resources: [{ type: "host", name: "h" }],
    };
    await new v2.MetricsApi(configuration).submitMetrics({ body: { series: [one] }, contentEncoding: "deflate" });
    const old = {
      metric: "official.v1",
      type: "gauge",
      points: [[1_700_000_000, 3] as [number, number]],
      host: "h",
      tags: ["a"],
    };
    await new v1.MetricsApi(configuration).submitMetrics({ body: { series: [old] } });
    const check = { check: "ok", hostName: "h", status: 0 as const, tags: [] };
    await new v1.ServiceChecksApi(configuration).submitServiceCheck({ body: [check] });
    await new v1.EventsApi(configuration).createEvent({ body: { title: "t", text: "x" } });
    expect(await new v1.AuthenticationApi(configuration).validate()).toMatchObject({ valid: true });
    expect(intake.store.pointsOf("official")).toMatchObject([{ type: "count", value: 2.5, host: "h" }]);
    expect(intake.store.pointsOf("official.v1")).toMatchObject([{ type: "gauge", value: 3, tags: ["a"] }]);
    expect(intake.others.map(({ path }) => path)).toEqual(["/api/v1/check_run", "/api/v1/events"]);
  });

  it("events as the Agent posts them", async () => {
    const event = { msg_title: "t", msg_text: "x", timestamp: NOW_SECONDS };
    expect(await post("/intake/", JSON.stringify({ events: { api: [event] }, internalHostname: "h" }))).toBe(202);
    const renamed = { title: "t", text: "x", date_happened: NOW_SECONDS };
    expect(await post("/intake/", JSON.stringify({ events: { api: [renamed] }, internalHostname: "h" }))).toBe(400);
  });
});

describe("a request is refused", () => {
  const body = JSON.stringify(series());

  it.each<[string, number, string, Record<string, string>]>([
    ["on an unknown path", 404, "/api/v2/serie", {}],
    ["without a key", 403, "/api/v2/series", { "dd-api-key": "" }],
    ["with an unknown key", 403, "/api/v2/series", { "dd-api-key": "f".repeat(32) }],
    ["with the key in the query", 403, `/api/v2/series?api_key=${KEY}`, {}],
    ["with the wrong content type", 415, "/api/v2/series", { "content-type": "text/plain" }],
    ["with JSON where protobuf belongs", 415, "/api/beta/sketches", {}],
    ["with an unknown encoding", 400, "/api/v2/series", { "content-encoding": "br" }],
  ])("%s", async (_, status, path, headers) => {
    expect(await post(path, body, headers)).toBe(status);
    expect(intake.store.points.size).toBe(0);
  });

  it("by the wrong method", async () => {
    expect((await fetch(`${intake.url}/api/v2/series`, { headers: { "dd-api-key": KEY } })).status).toBe(405);
  });

  it.each<[string, Buffer]>([
    ["raw deflate", deflateRawSync(body)],
    ["a truncated stream", deflateSync(body).subarray(0, 40)],
    ["bytes after the end of the stream", Buffer.concat([deflateSync(body), Buffer.from("x")])],
    ["plain bytes under a compressed name", Buffer.from(body)],
  ])("for %s", async (_, wire) => {
    expect(await post("/api/v2/series", wire, { "content-encoding": "deflate" })).toBe(400);
  });

  it.each<[string, Buffer, Record<string, string>]>([
    ["on the wire", Buffer.alloc(512_001, " "), {}],
    ["when decompressed", deflateSync(Buffer.alloc(5_242_881, " ")), { "content-encoding": "deflate" }],
  ])("for being too large %s", async (_, wire, headers) => {
    expect(await post("/api/v2/series", wire, headers)).toBe(413);
  });

  it.each<[string, object]>([
    ["v1's host field", { host: "h" }],
    ["v1's points", { points: [[1_700_000_000, 1]] }],
    ["a word for a type", { type: "rate" }],
    ["an unknown type", { type: 7 }],
    ["a null value, as JavaScript writes NaN", { points: [{ timestamp: 1_700_000_000, value: null }] }],
    ["a text for a value", { points: [{ timestamp: 1_700_000_000, value: "1" }] }],
    ["no points", { points: [] }],
    ["milliseconds", { points: [{ timestamp: 1_700_000_000_000, value: 1 }] }],
    ["half seconds", { points: [{ timestamp: 1_700_000_000.5, value: 1 }] }],
    ["a rate without interval", { interval: undefined }],
    ["a bad name", { metric: "a-b" }],
    ["a name of 201 characters", { metric: "a".repeat(201) }],
    ["a tag of 201 characters", { tags: ["a".repeat(201)] }],
    ["a tag twice", { tags: ["a", "a"] }],
    [
      "10,001 points",
      { points: Array.from({ length: 10_001 }, (_, index) => ({ timestamp: 1_700_000_000 - index, value: 1 })) },
    ],
  ])("for %s", async (_, change) => {
    const wire = deflateSync(JSON.stringify(series(change)));
    expect(await post("/api/v2/series", wire, { "content-encoding": "deflate" })).toBe(400);
    expect(lastRefusal()).not.toBe("");
  });

  it.each<[string, string, string, string]>([
    ["unsorted keys", "3a06f4149e17c619", "3a06c6199e17f414", "keys do not ascend"],
    ["counts that do not add up", "4203010101", "4203010102", "do not add up"],
    ["a count of zero", "4203010101", "4203010002", "a count is out of range"],
    ["unpacked counts", "4203010101", "400140014001", "unpacked arrays"],
    ["keys without zigzag", "3a06f4149e17c619", "3a06ba0acf0be30c", "keys do not ascend"],
    ["an unknown field", "4203010101", "42030101014801", "unknown fields"],
    ["an average outside of the extremes", "290000000000804240", "290000000000006940", "is outside"],
    ["a lowest key that is not the minimum's", "3a06f4149e17c619", "3a06f6149e17c619", "not that of the minimum"],
  ])("for a sketch with %s", async (_, good, bad, reason) => {
    const grown = (bad.length - good.length) / 2;
    const hex = GOLDEN_SKETCH.replace(good, bad)
      .replace("0a460a", `0a${(0x46 + grown).toString(16)}0a`)
      .replace("3a3908", `3a${(0x39 + grown).toString(16)}08`);
    expect(hex).not.toBe(GOLDEN_SKETCH);
    expect(await post("/api/beta/sketches", golden(hex), { "content-type": PROTO_TYPE })).toBe(400);
    expect(lastRefusal()).toContain(reason);
  });
});

describe("the store", () => {
  const send = (value: number, timestamp: number, tags: string[]): Promise<number> =>
    post("/api/v2/series", JSON.stringify(series({ points: [{ timestamp, value }], tags })));

  it("keeps the last point written and counts what was overwritten", async () => {
    await send(1, 1_700_000_000, ["a", "B"]);
    await send(1, 1_700_000_000, ["b", "a"]);
    expect(intake.store).toMatchObject({ repeats: 1, overwrites: 0 });
    await send(2, 1_700_000_000, ["b", "a"]);
    expect(intake.store.overwrites).toBe(1);
    expect(intake.store.pointsOf("m")).toHaveLength(1);
  });

  it("forgets what is too old or too far ahead, behind a 202", async () => {
    expect(await send(1, NOW_SECONDS - 3601, [])).toBe(202);
    expect(await send(1, NOW_SECONDS + 601, [])).toBe(202);
    expect(intake.store.points.size).toBe(0);
    expect(intake.store.silentlyDropped).toBe(2);
  });

  it("merges sketches, so that one sent twice counts double", async () => {
    for (let time = 0; time < 2; time++) {
      await post("/api/beta/sketches", golden(GOLDEN_SKETCH), { "content-type": PROTO_TYPE });
    }
    const [sketch] = intake.store.sketchesOf("d");
    expect(sketch).toMatchObject({ cnt: 6, sum: 222 });
    expect(sketch?.bins.get(referenceKey(10))).toBe(2);
  });
});

describe("faults come by script", () => {
  const body = JSON.stringify(series());

  it("answers and cuts, in order, and then none", async () => {
    const script = [{ type: "answer", status: 503 }, { type: "cut_before" }, { type: "cut_after" }] as const;
    intake.faults.next("/api/v2/series", ...script);
    expect(await post("/api/v2/series", body)).toBe(503);
    await expect(post("/api/v2/series", body)).rejects.toThrow();
    expect(intake.store.points.size).toBe(0);
    await expect(post("/api/v2/series", body)).rejects.toThrow();
    expect(intake.store.points.size).toBe(1);
    expect(await post("/api/v2/series", body)).toBe(202);
    expect(intake.arrivals.map(({ status }) => status)).toEqual([503, 0, 0, 202]);
  });

  it("a limit on bytes, a delay, a drip", async () => {
    intake.faults.bytesMax = 10;
    expect(await post("/api/v2/series", body)).toBe(413);
    intake.faults.bytesMax = undefined;
    intake.faults.next("/api/v2/series", { type: "delay", ms: 5 }, { type: "drip", ms: 1 });
    expect(await post("/api/v2/series", body)).toBe(202);
    expect(await post("/api/v2/series", body)).toBe(202);
  });
});
