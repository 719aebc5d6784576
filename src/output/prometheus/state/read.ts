import { closeSync, openSync, readSync } from "node:fs";
import { BLOCK_HEAD_BYTES, MAGIC, StateError, readBlockHead, readRecords } from "./format.ts";
import type { ReadRecord } from "./format.ts";

export interface StateRead {
  /** The last ones, by key. */
  readonly records: ReadonlyMap<string, ReadRecord>;
  readonly fileBytes: number;
  /** The file ended inside a block: what was being written when the process died. */
  readonly isTorn: boolean;
}

/** Everything in a state file; undefined where there is none, or an empty one. Throws StateError when the file is broken or not ours. */
export function readState(path: string): StateRead | undefined {
  const file = open(path);
  if (file === undefined) return undefined;
  try {
    const magic = read(file, MAGIC.length);
    if (magic.length === 0) return undefined;
    if (!magic.equals(MAGIC)) throw new StateError("it is not a state file of this version", !isOlder(magic));
    return readBlocks(file);
  } finally {
    closeSync(file);
  }
}

/** A file of an earlier version is ours, but its numbers are not taken over. */
function isOlder(magic: Buffer): boolean {
  return magic.equals(Buffer.from("TALLYDS1"));
}

function readBlocks(file: number): StateRead {
  const records = new Map<string, ReadRecord>();
  for (let fileBytes = MAGIC.length; ;) {
    const headBytes = read(file, BLOCK_HEAD_BYTES);
    if (headBytes.length === 0) return { records, fileBytes, isTorn: false };
    const head = readBlockHead(headBytes);
    const content = head === undefined ? undefined : read(file, head.bytes);
    if (head === undefined || content === undefined || content.length < head.bytes)
      return { records, fileBytes, isTorn: true };
    readRecords(content, head.crc, (record) => records.set(record.key, record));
    fileBytes += headBytes.length + content.length;
  }
}

function open(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Up to so many bytes; fewer at the end of the file. */
function read(file: number, bytes: number): Buffer {
  const into = Buffer.allocUnsafeSlow(bytes);
  let got = 0;
  while (got < bytes) {
    const more = readSync(file, into, got, bytes - got, null);
    if (more === 0) break;
    got += more;
  }
  return into.subarray(0, got);
}
