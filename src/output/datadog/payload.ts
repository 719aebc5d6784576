import { promisify } from "node:util";
import { deflate, gunzip, gzip, inflate } from "node:zlib";
import type { Batch } from "./batch.ts";
import { halves } from "./batch.ts";
import type { DatadogOptions } from "./options.ts";
import type { Route } from "./route.ts";

/** What one post carries. */
export interface Payload {
  readonly route: Route;
  /** As it goes over the wire. */
  readonly body: Uint8Array;
  /** undefined = as it is. */
  readonly encoding: "deflate" | "gzip" | undefined;
  /** Decompressed size of each item, in order: enough to take a refused payload apart again. One item is one point. */
  readonly itemBytes: Uint32Array;
  /** When its numbers were taken, Unix milliseconds. */
  readonly createdMs: number;
}

/** What packing made of a batch. */
export interface Packed {
  readonly payloads: Payload[];
  /** Items that alone are over a limit. */
  tooBig: number;
}

/** The number of points of a payload. */
export function pointsOf(payload: Payload): number {
  return payload.itemBytes.length;
}

/** What a payload costs while it waits, in bytes. */
export function bytesOf(payload: Payload): number {
  return payload.body.byteLength + payload.itemBytes.byteLength;
}

// Compression off the main thread. `deflate` is zlib's format (RFC 1950), which HTTP means by that name.
const COMPRESS = { deflate: promisify(deflate), gzip: promisify(gzip) };
const DECOMPRESS = { deflate: promisify(inflate), gzip: promisify(gunzip) };

type Compression = DatadogOptions["compression"];

function codingOf(route: Route, compression: Compression): Compression {
  return route.isPlain === true ? "none" : compression;
}

/** Bytes of items at which a batch is large enough for one payload of a route: some room is left for the last item. */
export function batchBytesMax(route: Route, compression: Compression): number {
  const limit =
    codingOf(route, compression) === "none" ? Math.min(route.rawBytesMax, route.wireBytesMax) : route.rawBytesMax;
  return Math.floor(limit * 0.9);
}

/**
 * Packs a batch into payloads within the route's limits. No estimate of a compressed size is to be trusted: the sizes
 * that came out are looked at, and what is over a limit is halved until it fits.
 */
export async function pack(route: Route, batch: Batch, createdMs: number, compression: Compression): Promise<Packed> {
  const packed: Packed = { payloads: [], tooBig: 0 };
  if (batch.itemBytes.length > 0) await packInto(packed, route, batch, createdMs, compression);
  return packed;
}

/** The two halves of a payload that the server found too large; none when it is a single point. */
export async function halve(payload: Payload, compression: Compression): Promise<Packed> {
  const { route, createdMs, itemBytes } = payload;
  const packed: Packed = { payloads: [], tooBig: 0 };
  if (itemBytes.length < 2) return { payloads: [], tooBig: itemBytes.length };
  for (const half of halves(await batchOf(payload), route.separator.length)) {
    await packInto(packed, route, half, createdMs, compression);
  }
  return packed;
}

async function packInto(
  packed: Packed,
  route: Route,
  batch: Batch,
  createdMs: number,
  compression: Compression,
): Promise<void> {
  const { itemBytes } = batch;
  const payload = await compressed(route, batch, createdMs, compression);
  if (payload !== undefined) {
    packed.payloads.push(payload);
  } else if (itemBytes.length === 1) {
    packed.tooBig++;
  } else {
    for (const half of halves(batch, route.separator.length)) {
      await packInto(packed, route, half, createdMs, compression);
    }
  }
}

/** The whole batch as one payload; undefined where that is over a limit. */
async function compressed(
  route: Route,
  batch: Batch,
  createdMs: number,
  compression: Compression,
): Promise<Payload | undefined> {
  const { bytes, itemBytes } = batch;
  const rawBytes = route.head.length + bytes.length + route.tail.length;
  if (rawBytes > route.rawBytesMax || itemBytes.length > route.pointsMax) return undefined;
  const raw = Buffer.concat([route.head, bytes, route.tail], rawBytes);
  const coding = codingOf(route, compression);
  const out = coding === "none" ? raw : await COMPRESS[coding](raw);
  if (out.length > route.wireBytesMax) return undefined;
  // What zlib answers is a part of a 16 KiB piece where it is small: kept in a queue, it would cost a hundred times its length.
  const body = out.length < out.buffer.byteLength ? new Uint8Array(out) : out;
  return { route, body, encoding: coding === "none" ? undefined : coding, itemBytes, createdMs };
}

async function batchOf(payload: Payload): Promise<Batch> {
  const { route, body, encoding, itemBytes } = payload;
  const raw = encoding === undefined ? body : await DECOMPRESS[encoding](body);
  return { bytes: raw.subarray(route.head.length, raw.length - route.tail.length), itemBytes };
}
