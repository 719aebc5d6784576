import { promisify } from "node:util";
import { deflate, gunzip, gzip, inflate } from "node:zlib";
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

/** What packing made of some items. */
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

/**
 * Packs items into payloads within the route's limits: first by what is known before compression, then, because no
 * estimate is to be trusted, by the sizes that came out; what is over is halved until it fits.
 */
export async function pack(
  route: Route,
  items: readonly Uint8Array[],
  createdMs: number,
  compression: Compression,
): Promise<Packed> {
  const packed: Packed = { payloads: [], tooBig: 0 };
  for (const [start, end] of cuts(route, items, compression)) {
    await packRange(route, items.slice(start, end), createdMs, compression, packed);
  }
  return packed;
}

/** The two halves of a payload that the server found too large; none when it is a single point. */
export async function halve(payload: Payload, compression: Compression): Promise<Packed> {
  const packed: Packed = { payloads: [], tooBig: 0 };
  const items = await itemsOf(payload);
  if (items.length < 2) return { payloads: [], tooBig: items.length };
  const middle = items.length >> 1;
  for (const half of [items.slice(0, middle), items.slice(middle)]) {
    await packRange(payload.route, half, payload.createdMs, compression, packed);
  }
  return packed;
}

async function packRange(
  route: Route,
  items: readonly Uint8Array[],
  createdMs: number,
  compression: Compression,
  into: Packed,
): Promise<void> {
  const raw = assemble(route, items);
  const body = compression === "none" ? raw : await COMPRESS[compression](raw);
  const fits = raw.length <= route.rawBytesMax && body.length <= route.wireBytesMax && items.length <= route.pointsMax;
  if (fits) {
    const encoding = compression === "none" ? undefined : compression;
    const itemBytes = Uint32Array.from(items, (item) => item.length);
    into.payloads.push({ route, body, encoding, itemBytes, createdMs });
  } else if (items.length === 1) {
    into.tooBig++;
  } else {
    const middle = items.length >> 1;
    await packRange(route, items.slice(0, middle), createdMs, compression, into);
    await packRange(route, items.slice(middle), createdMs, compression, into);
  }
}

function cuts(route: Route, items: readonly Uint8Array[], compression: Compression): [number, number][] {
  const frame = route.head.length + route.tail.length;
  const limit = compression === "none" ? Math.min(route.rawBytesMax, route.wireBytesMax) : route.rawBytesMax;
  const ranges: [number, number][] = [];
  let start = 0;
  let bytes = frame;
  items.forEach((item, index) => {
    const grown = bytes + item.length + route.separator.length;
    if (index > start && (index - start >= route.pointsMax || grown > limit)) {
      ranges.push([start, index]);
      start = index;
      bytes = frame;
    }
    bytes += item.length + route.separator.length;
  });
  if (start < items.length) ranges.push([start, items.length]);
  return ranges;
}

function assemble(route: Route, items: readonly Uint8Array[]): Buffer {
  const chunks: Uint8Array[] = [route.head];
  items.forEach((item, index) => {
    if (index > 0 && route.separator.length > 0) chunks.push(route.separator);
    chunks.push(item);
  });
  chunks.push(route.tail);
  return Buffer.concat(chunks);
}

async function itemsOf(payload: Payload): Promise<Uint8Array[]> {
  const { route, body, encoding, itemBytes } = payload;
  const raw = encoding === undefined ? body : await DECOMPRESS[encoding](body);
  const items: Uint8Array[] = [];
  let offset = route.head.length;
  for (const bytes of itemBytes) {
    items.push(raw.subarray(offset, offset + bytes));
    offset += bytes + route.separator.length;
  }
  return items;
}
