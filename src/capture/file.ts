import { createReadStream, createWriteStream } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import type { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createZstdCompress, createZstdDecompress } from "node:zlib";
import { isZstd } from "./format.ts";
import { CaptureParser } from "./parser.ts";
import type { Ending } from "./parser.ts";
import type { CaptureRecord } from "./record.ts";

/** Captures on the disk. */

export type Compression = "zstd" | "none";

/** A file that cannot be read or written, or is no capture; the message names it and says what to do. */
export class CaptureFileError extends Error {
  override readonly name = "CaptureFileError";
}

const PIECE_BYTES = 64 * 1024;
/** The decompressor's memory: 2^27 bytes is what zstd itself allows without being asked. */
const WINDOW_LOG_MAX = 27;

/** What reading a capture has shown so far; complete when its pieces have been read. */
export interface CaptureReport {
  readonly version: number;
  readonly ending: Ending | undefined;
  readonly why: string;
  readonly refused: number;
}

export interface OpenCapture {
  /**
   * The records, a piece of the file at a time, in the order of the file. Throws a `CaptureFileError` when the file turns
   * out to be no capture. A file that is cut or broken ends there, and `report` says so.
   */
  readonly pieces: AsyncIterable<readonly CaptureRecord[]>;
  readonly report: CaptureReport;
}

/**
 * Reads a capture, raw or compressed by zstd, in bounded memory: one piece, one record and the decompressor's window.
 * Rejects with a `CaptureFileError` when there is no such file.
 */
export async function openCapture(path: string): Promise<OpenCapture> {
  const compression = await detect(path);
  const parser = new CaptureParser();
  return { pieces: parse(path, compression, parser), report: parser };
}

async function detect(path: string): Promise<Compression> {
  try {
    const file = await open(path);
    try {
      // Reading from a pipe would wait for bytes that a second loop could not read again.
      if (!(await file.stat()).isFile()) throw new CaptureFileError(`${path} is no regular file`);
      const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
      return isZstd(buffer) ? "zstd" : "none";
    } finally {
      await file.close();
    }
  } catch (error) {
    throw error instanceof CaptureFileError ? error : fileError("read", path, error);
  }
}

async function* parse(
  path: string,
  compression: Compression,
  parser: CaptureParser,
): AsyncGenerator<readonly CaptureRecord[]> {
  const source = createReadStream(path, { highWaterMark: PIECE_BYTES });
  try {
    for await (const piece of compression === "zstd" ? decompress(source, path) : source) {
      const records = parser.push(piece as Uint8Array);
      if (records.length > 0) yield records;
      if (parser.ending !== undefined) break;
    }
  } catch (error) {
    throw error instanceof CaptureFileError ? error : fileError("read", path, error);
  } finally {
    source.destroy();
  }
  if (parser.finish() === "foreign") throw new CaptureFileError(`${path} is no capture: ${parser.why}`);
}

/**
 * What `source` holds, up to where it is cut or no zstd any more; then the parser sees that the capture has no end. The stream's own
 * iterator would throw away what was decompressed before an error.
 */
async function* decompress(source: Readable, path: string): AsyncGenerator<Uint8Array> {
  const zstd: Transform = createZstdDecompress({
    chunkSize: PIECE_BYTES,
    params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX },
  });
  let isOver = false;
  let failure: Error | undefined;
  let wake = (): void => {};
  const end = (): void => {
    isOver = true;
    wake();
  };
  source.on("error", (error) => {
    failure = fileError("read", path, error);
    end();
  });
  zstd
    .on("readable", () => wake())
    .once("end", end)
    .once("error", end);
  source.pipe(zstd);
  try {
    for (;;) {
      const piece = zstd.read() as Uint8Array | null;
      if (piece !== null) yield piece;
      else if (isOver) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    zstd.destroy();
  }
  if (failure !== undefined) throw failure;
}

/** Bytes of a capture, compressed or as they are. Destroying the stream ends the source. */
export function captureStream(bytes: AsyncIterable<Uint8Array>, compression: Compression): Readable {
  const source = Readable.from(bytes, { objectMode: false });
  if (compression === "none") return source;
  const zstd = createZstdCompress();
  // An error of either side shows on the stream that is handed out, and its end ends the source.
  pipeline(source, zstd).catch((error: Error) => zstd.destroy(error));
  return zstd;
}

/** Rejects with a `CaptureFileError` where `path` is something that a file must not be put in the place of: a folder, a pipe, a device. */
export async function checkPlace(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || found.isFile()) return;
  const what = found.isDirectory() ? "it is a folder; name a file in it" : "it is a pipe, a device or a socket";
  throw new CaptureFileError(`cannot write ${path}: ${what}`);
}

/**
 * Writes a capture to `path`: into `path.part` first, which gets its name when all is on the disk, so that a file of that name
 * is whole. Rejects with a `CaptureFileError`; then there is neither file. Answers the bytes of the file. Ask `checkPlace` before.
 */
export async function writeCapture(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  compression: Compression,
): Promise<number> {
  const part = `${path}.part`;
  try {
    const file = createWriteStream(part, { flush: true });
    await pipeline(captureStream(bytes, compression), file);
    await rename(part, path);
    return file.bytesWritten;
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    throw fileError("write", path, error);
  }
}

const REMEDIES = new Map([
  ["ENOENT", "there is no such file or folder"],
  ["EACCES", "this process may not; check the file's and the folder's rights"],
  ["EISDIR", "it is a folder; name a file in it"],
  ["ENOSPC", "the disk is full"],
]);

function fileError(verb: "read" | "write", path: string, error: unknown): CaptureFileError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new CaptureFileError(`cannot ${verb} ${path}: ${REMEDIES.get(code ?? "") ?? message}`, { cause: error });
}
