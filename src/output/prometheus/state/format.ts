import { crc32 } from "node:zlib";

/**
 * The state file, little endian:
 *
 *     "TALLYDS2"                         what it is, and the version of everything behind
 *     u32 bytes · u32 crc32 · records    blocks, any number
 *
 *     u32 bytes of the key · u32 of what it is about · u32 of the numbers · f64 created · f64 touched · those three
 *
 * Times are Unix milliseconds. Records of one family come in a row, so what they are about is mostly the same: 0 bytes say that it
 * is as for the record before, in the same block. A later record of a key replaces an earlier one, so that what has changed is
 * appended. A block that is cut off at the end of the file was being written when the process died, and nobody has seen its
 * numbers; anything else that is wrong means that the file cannot be trusted.
 */
export const MAGIC = Buffer.from("TALLYDS2");
export const BLOCK_HEAD_BYTES = 8;
const RECORD_HEAD_BYTES = 28;
/** Blocks are closed at this size; a single record may be larger. */
export const BLOCK_BYTES = 256 * 1024;
/** A length above this is not one that we wrote. */
export const BLOCK_BYTES_MAX = 64 * 1024 * 1024;

/** What the file keeps of a series. */
export interface StateRecord {
  /** Name, type and labels on the page. */
  readonly key: string;
  /** The cell as a delta of one row (`Tally.copy`). */
  readonly bytes: Uint8Array;
  /** Since when it counts, and when its last sample came, in Unix milliseconds. */
  readonly createdMs: number;
  readonly touchedMs: number;
  /** What the numbers mean, and how the series stands on the page (`about.ts`), as text that is never empty. */
  readonly about: string;
}

/** The file cannot be used; the message says why. */
export class StateError extends Error {
  override readonly name = "StateError";
  /** It was never one of ours, and so must not be written to either. */
  readonly isForeign: boolean;

  constructor(message: string, isForeign = false) {
    super(message);
    this.isForeign = isForeign;
  }
}

/** Gathers records into a block. */
export class BlockWriter {
  #buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES + 4096);
  #used = BLOCK_HEAD_BYTES;
  #about = "";

  get isFull(): boolean {
    return this.#used >= BLOCK_BYTES;
  }

  get isEmpty(): boolean {
    return this.#used === BLOCK_HEAD_BYTES;
  }

  add({ key, bytes, createdMs, touchedMs, about }: StateRecord): void {
    const told = about === this.#about ? "" : about;
    this.#about = about;
    const keyBytes = Buffer.byteLength(key);
    const toldBytes = Buffer.byteLength(told);
    this.#reserve(RECORD_HEAD_BYTES + keyBytes + toldBytes + bytes.length);
    const buffer = this.#buffer;
    let at = buffer.writeUInt32LE(keyBytes, this.#used);
    at = buffer.writeUInt32LE(toldBytes, at);
    at = buffer.writeUInt32LE(bytes.length, at);
    at = buffer.writeDoubleLE(createdMs, at);
    at = buffer.writeDoubleLE(touchedMs, at);
    at += buffer.write(key, at);
    at += buffer.write(told, at);
    buffer.set(bytes, at);
    this.#used = at + bytes.length;
  }

  /** The block, valid until the next `add`. */
  take(): Uint8Array {
    const content = this.#buffer.subarray(BLOCK_HEAD_BYTES, this.#used);
    this.#buffer.writeUInt32LE(content.length, 0);
    this.#buffer.writeUInt32LE(crc32(content), 4);
    const block = this.#buffer.subarray(0, this.#used);
    this.#used = BLOCK_HEAD_BYTES;
    this.#about = "";
    return block;
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow((this.#used + bytes) * 2);
    grown.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = grown;
  }
}

/** Checks a block's head; undefined where the file ends inside it. Throws StateError. */
export function readBlockHead(head: Buffer): { readonly bytes: number; readonly crc: number } | undefined {
  if (head.length < BLOCK_HEAD_BYTES) return undefined;
  const bytes = head.readUInt32LE(0);
  if (bytes === 0 || bytes > BLOCK_BYTES_MAX) throw new StateError("a block's length is not possible");
  return { bytes, crc: head.readUInt32LE(4) };
}

/** Visits the records of a block's content, whose memory they share. Throws StateError. */
export function readRecords(content: Buffer, crc: number, visit: (record: ReadRecord) => void): void {
  if (crc32(content) !== crc) throw new StateError("a block's checksum is wrong");
  let about = "";
  for (let at = 0; at < content.length;) {
    if (at + RECORD_HEAD_BYTES > content.length) throw new StateError("a record is cut off");
    const keyEnd = at + RECORD_HEAD_BYTES + content.readUInt32LE(at);
    const aboutEnd = keyEnd + content.readUInt32LE(at + 4);
    const end = aboutEnd + content.readUInt32LE(at + 8);
    if (end > content.length) throw new StateError("a record is cut off");
    const key = content.toString("utf8", at + RECORD_HEAD_BYTES, keyEnd);
    if (aboutEnd > keyEnd) about = content.toString("utf8", keyEnd, aboutEnd);
    visit(new ReadRecord(content, at, end, key, about));
    at = end;
  }
}

/** A record where it lies: most are replaced by later ones before anybody looks at them. */
export class ReadRecord implements StateRecord {
  readonly key: string;
  readonly about: string;
  readonly touchedMs: number;
  readonly #content: Buffer;
  readonly #at: number;
  readonly #end: number;

  constructor(content: Buffer, at: number, end: number, key: string, about: string) {
    this.key = key;
    this.about = about;
    this.touchedMs = content.readDoubleLE(at + 20);
    this.#content = content;
    this.#at = at;
    this.#end = end;
  }

  get createdMs(): number {
    return this.#content.readDoubleLE(this.#at + 12);
  }

  get bytes(): Uint8Array {
    return this.#content.subarray(this.#end - this.#content.readUInt32LE(this.#at + 8), this.#end);
  }

  /** Of the file. */
  get fileBytes(): number {
    return this.#end - this.#at;
  }
}
