import { randomBytes } from "node:crypto";
import { deflateSync, gunzipSync, inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Batch } from "../../../src/output/datadog/batch.ts";
import { BatchWriter } from "../../../src/output/datadog/batch.ts";
import { halve, pack, pointsOf } from "../../../src/output/datadog/payload.ts";
import type { Payload } from "../../../src/output/datadog/payload.ts";
import { ROUTES } from "../../../src/output/datadog/route.ts";

const ROUTE = { ...ROUTES.v2, wireBytesMax: 2_000, rawBytesMax: 10_000, pointsMax: 50 };

/** Items as JSON strings; random ones do not compress. */
function items(count: number, bytes: number, random = false): Uint8Array[] {
  return Array.from({ length: count }, (_, index) =>
    Buffer.from(JSON.stringify(random ? randomBytes(bytes / 2).toString("hex") : `${index}`.padEnd(bytes, "."))),
  );
}

function batch(all: readonly (Uint8Array | string)[], route: Payload["route"] = ROUTE): Batch {
  const writer = new BatchWriter(route.separator);
  for (const item of all) writer.add(item);
  return writer.take();
}

function decode(payload: Payload): string[] {
  const raw =
    payload.encoding === "gzip"
      ? gunzipSync(payload.body)
      : payload.encoding === "deflate"
        ? inflateSync(payload.body)
        : payload.body;
  return JSON.parse(Buffer.from(raw).toString()).series;
}

function texts(all: readonly Uint8Array[]): string[] {
  return all.map((item) => JSON.parse(Buffer.from(item).toString()));
}

describe("packing", () => {
  it.each(["deflate", "gzip", "none"] as const)("with %s carries every item once, in order", async (compression) => {
    const all = items(120, 20);
    const { payloads, tooBig } = await pack(ROUTE, batch(all), 5, compression);
    expect(payloads.flatMap(decode)).toEqual(texts(all));
    expect(tooBig).toBe(0);
    expect(payloads.every((payload) => payload.createdMs === 5 && pointsOf(payload) <= 50)).toBe(true);
  });

  it("makes `deflate` zlib's format, which starts with 78", async () => {
    const { payloads } = await pack(ROUTE, batch(items(1, 20)), 0, "deflate");
    expect(payloads[0]?.body[0]).toBe(0x78);
  });

  it("keeps within the bytes after compression, whatever does not compress", async () => {
    const all = items(40, 400, true);
    const { payloads, tooBig } = await pack(ROUTE, batch(all), 0, "deflate");
    expect(payloads.every((payload) => payload.body.length <= ROUTE.wireBytesMax)).toBe(true);
    expect(payloads.flatMap(decode)).toEqual(texts(all));
    expect(tooBig).toBe(0);
  });

  it("keeps within the bytes before compression, however well it compresses", async () => {
    const all = items(30, 900);
    const { payloads } = await pack(ROUTE, batch(all), 0, "deflate");
    expect(payloads.every((payload) => JSON.stringify({ series: decode(payload) }).length <= ROUTE.rawBytesMax)).toBe(
      true,
    );
    expect(payloads.flatMap(decode)).toEqual(texts(all));
  });

  it("counts an item that alone is too big, and sends the others", async () => {
    const all = [...items(3, 20), ...items(1, 6_000, true), ...items(3, 20)];
    const { payloads, tooBig } = await pack(ROUTE, batch(all), 0, "deflate");
    expect(tooBig).toBe(1);
    expect(payloads.flatMap(decode)).toHaveLength(6);
  });

  it.each(["deflate", "gzip", "none"] as const)("with %s keeps no more memory than it says", async (compression) => {
    const { payloads } = await pack(ROUTE, batch(items(1, 20)), 0, compression);
    for (const { body } of payloads) expect(body.buffer.byteLength).toBe(body.byteLength);
  });

  it("makes nothing of nothing", async () => {
    expect(await pack(ROUTE, batch([]), 0, "deflate")).toEqual({ payloads: [], tooBig: 0 });
  });

  it("halves what has more points than the route takes", async () => {
    const { payloads } = await pack(ROUTE, batch(items(120, 20)), 0, "deflate");
    expect(payloads.map(pointsOf)).toEqual([30, 30, 30, 30]);
  });
});

describe("a batch", () => {
  it("grows, counts bytes and not characters, and starts anew when taken", () => {
    const writer = new BatchWriter(Buffer.from(","));
    const all = Array.from({ length: 300 }, (_, index) => `${index}:${"日🙂é".repeat(60)}`);
    for (const text of all) writer.add(text);
    const { bytes, itemBytes } = writer.take();
    expect(Buffer.from(bytes).toString() === all.join(",")).toBe(true);
    expect([...itemBytes]).toEqual(all.map((text) => Buffer.byteLength(text)));
    writer.add("next");
    expect([writer.length, writer.bytes]).toEqual([1, 4]);
    expect(Buffer.from(bytes).toString() === all.join(",")).toBe(true);
  });
});

describe("halving what the server found too large", () => {
  it.each(["deflate", "gzip", "none"] as const)("gives two halves with %s, down to one point", async (compression) => {
    const all = items(5, 20);
    const [whole] = (await pack(ROUTE, batch(all), 7, compression)).payloads as [Payload];
    const { payloads, tooBig } = await halve(whole, compression);
    expect(payloads.map(pointsOf)).toEqual([2, 3]);
    expect(payloads.flatMap(decode)).toEqual(texts(all));
    expect(payloads.map((payload) => payload.createdMs)).toEqual([7, 7]);
    expect(tooBig).toBe(0);
  });

  it("gives up a single point, and says so", async () => {
    const [single] = (await pack(ROUTE, batch(items(1, 20)), 0, "deflate")).payloads as [Payload];
    expect(await halve(single, "deflate")).toEqual({ payloads: [], tooBig: 1 });
  });

  it("takes protobuf payloads apart at their items", async () => {
    const parts = [Buffer.from("aa"), Buffer.from("b"), Buffer.from("cccc")];
    const [whole] = (await pack(ROUTES.sketches, batch(parts, ROUTES.sketches), 0, "deflate")).payloads as [Payload];
    const { payloads } = await halve(whole, "none");
    expect(payloads.map((payload) => Buffer.from(payload.body).toString())).toEqual(["aa", "bcccc"]);
    expect(Buffer.from(whole.body)).toEqual(deflateSync("aabcccc"));
  });
});
