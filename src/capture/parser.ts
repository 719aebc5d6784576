import {
  CLOSING_SINCE,
  HEADER_BYTES,
  LENGTH_BYTES,
  NANOSECONDS_SINCE,
  RECORD_BYTES_MAX,
  VERSION,
  versionOf,
} from "./format.ts";
import { decodeRecord } from "./record.ts";
import type { CaptureRecord } from "./record.ts";

/**
 * How a capture ended. `whole`: with its closing mark, or at the end of a record where its version has none. `cut`: the
 * bytes ended earlier. `broken`: what follows the last record cannot be one. `foreign`: it is no capture at all.
 */
export type Ending = "whole" | "cut" | "broken" | "foreign";

/** A file whose every record is refused is not worth reading to its end. */
const REFUSED_MAX = 10_000;
const SECOND_NS = 1_000_000_000n;

/**
 * Reads a capture from pieces of any size. It keeps less than one record and one piece of it, whatever the bytes say.
 */
export class CaptureParser {
  #held: Uint8Array = new Uint8Array(0);
  #version = 0;
  #ending: Ending | undefined;
  #why = "";
  /** Records that are no messages; the ones around them are read all the same. */
  refused = 0;

  /** 0 until the header has been read. */
  get version(): number {
    return this.#version;
  }

  /** Set when nothing more is to be read, before the end of the bytes too. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** What is wrong, in words, when the ending is another than `whole`. */
  get why(): string {
    return this.#why;
  }

  /** The records that are complete with this piece; the piece is not kept. */
  push(piece: Uint8Array): CaptureRecord[] {
    if (this.#ending !== undefined) return [];
    const bytes = this.#join(piece);
    const records: CaptureRecord[] = [];
    let at = this.#version === 0 ? this.#readHeader(bytes) : 0;
    while (this.#version !== 0 && this.#ending === undefined) {
      const next = this.#readRecord(bytes, at, records);
      if (next === at) break;
      at = next;
    }
    this.#held = this.#ending === undefined ? bytes.slice(at) : new Uint8Array(0);
    return records;
  }

  /** Tells that there are no more bytes. */
  finish(): Ending {
    if (this.#ending !== undefined) return this.#ending;
    if (this.#version === 0) return this.#end("foreign", "it is too short to be a capture");
    if (this.#held.length > 0) return this.#end("cut", "it ends within a record");
    if (this.#version >= CLOSING_SINCE) return this.#end("cut", "it ends without its closing mark");
    return this.#end("whole", "");
  }

  #join(piece: Uint8Array): Uint8Array {
    if (this.#held.length === 0) return piece;
    const bytes = new Uint8Array(this.#held.length + piece.length);
    bytes.set(this.#held);
    bytes.set(piece, this.#held.length);
    return bytes;
  }

  #readHeader(bytes: Uint8Array): number {
    if (bytes.length < HEADER_BYTES) return 0;
    const version = versionOf(bytes);
    if (version === undefined) this.#end("foreign", "it does not begin as a DogStatsD capture does");
    else if (version < 1 || version > VERSION)
      this.#end("foreign", `it is a capture of version ${version}; versions 1 to ${VERSION} can be read`);
    else this.#version = version;
    return HEADER_BYTES;
  }

  /** Answers the offset behind the record at `at`, or `at` when it is not there yet. */
  #readRecord(bytes: Uint8Array, at: number, records: CaptureRecord[]): number {
    if (bytes.length - at < LENGTH_BYTES) return at;
    const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0, true);
    const from = at + LENGTH_BYTES;
    if (length === 0) {
      // Before there were closing marks, a length of zero was no record either.
      this.#end("whole", "");
      return from;
    }
    if (length > RECORD_BYTES_MAX) {
      this.#end("broken", `a record claims ${length} bytes; more than ${RECORD_BYTES_MAX} cannot be`);
      return from;
    }
    if (bytes.length - from < length) return at;
    const record = decodeRecord(bytes.subarray(from, from + length));
    if (record !== undefined) records.push(this.#version >= NANOSECONDS_SINCE ? record : inNanoseconds(record));
    else if (++this.refused === REFUSED_MAX) this.#end("broken", `${REFUSED_MAX} of its records are no messages`);
    return from + length;
  }

  #end(ending: Ending, why: string): Ending {
    this.#ending = ending;
    this.#why = why;
    return ending;
  }
}

function inNanoseconds({ timeNs, payload }: CaptureRecord): CaptureRecord {
  return { timeNs: BigInt.asIntN(64, timeNs * SECOND_NS), payload };
}
