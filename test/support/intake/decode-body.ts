import { gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { Refusal } from "./refusal.ts";

interface Engine {
  readonly bytesWritten: number;
}
type Decompress = (body: Buffer, options: { maxOutputLength: number; info: true }) => unknown;

const DECOMPRESS = new Map<string, Decompress>([
  ["deflate", inflateSync],
  ["gzip", gunzipSync],
  ["zstd", zstdDecompressSync],
  ["zstd1", zstdDecompressSync],
]);

/**
 * The body as it was before compression. Refuses an unknown encoding, raw deflate, a truncated stream, bytes after its
 * end (400), and what is larger than `bytesMax` when decompressed (413).
 */
export function decodeBody(body: Buffer, encoding: string | undefined, bytesMax: number): Buffer {
  if (encoding === undefined || encoding === "identity") {
    if (body.length > bytesMax) throw new Refusal(413, "Payload too large");
    return body;
  }
  const decompress = DECOMPRESS.get(encoding);
  if (decompress === undefined) throw new Refusal(400, `unknown Content-Encoding ${encoding}`);
  let result: { buffer: Buffer; engine: Engine };
  try {
    result = decompress(body, { maxOutputLength: bytesMax, info: true }) as { buffer: Buffer; engine: Engine };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ERR_BUFFER_TOO_LARGE") throw new Refusal(413, "Payload too large");
    throw new Refusal(400, `the body is not ${encoding}: ${(error as Error).message}`);
  }
  if (result.engine.bytesWritten !== body.length)
    throw new Refusal(400, `bytes after the end of the ${encoding} stream`);
  return result.buffer;
}
