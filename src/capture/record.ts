import { LENGTH_BYTES } from "./format.ts";

/**
 * One record of a capture, a protobuf message:
 *
 *     message UnixDogstatsdMsg {
 *       int64 timestamp = 1;      // of receipt, Unix nanoseconds
 *       int32 payloadSize = 2;
 *       bytes payload = 3;        // the datagram; its first payloadSize bytes are sent in a replay
 *       int32 pid = 4;            // of the sender on a Unix socket
 *       int32 ancillarySize = 5;
 *       bytes ancillary = 6;
 *     }
 *
 * Written by hand because it is written in the shard threads, once per datagram, and because hostile files are read: no
 * length in them is believed. Process numbers and ancillary data mean nothing on another day; they are skipped.
 */
export interface CaptureRecord {
  /** When the datagram was received, Unix nanoseconds; as the file tells it. */
  readonly timeNs: bigint;
  readonly payload: Uint8Array;
}

const TIMESTAMP_TAG = 0x08;
const PAYLOAD_SIZE_TAG = 0x10;
const PAYLOAD_TAG = 0x1a;

/** Of a 64-bit varint. */
const VARINT_BYTES_MAX = 10;
/** What a record needs beside its payload, at most: length, three tags, a time and twice the payload's size. */
export const OVERHEAD_BYTES_MAX = LENGTH_BYTES + 3 + VARINT_BYTES_MAX + 2 * 5;

/** Splits a time into halves without a BigInt operation per byte. */
const halves = new DataView(new ArrayBuffer(8));

/**
 * Writes a record with its length at `offset` of `target`, which has room for the payload and `OVERHEAD_BYTES_MAX` more.
 * Answers the offset behind it.
 */
export function encodeRecord(target: Uint8Array, offset: number, timeNs: bigint, payload: Uint8Array): number {
  let at = offset + LENGTH_BYTES;
  halves.setBigInt64(0, timeNs);
  target[at++] = TIMESTAMP_TAG;
  at = putVarint64(target, at, halves.getUint32(4), halves.getUint32(0));
  target[at++] = PAYLOAD_SIZE_TAG;
  at = putVarint64(target, at, payload.length, 0);
  target[at++] = PAYLOAD_TAG;
  at = putVarint64(target, at, payload.length, 0);
  target.set(payload, at);
  at += payload.length;
  const length = at - offset - LENGTH_BYTES;
  for (let byte = 0; byte < LENGTH_BYTES; byte++) target[offset + byte] = (length >>> (8 * byte)) & 0xff;
  return at;
}

/** Seven bits to a byte, the lowest first; `low` and `high` are the halves of the number, unsigned. */
function putVarint64(target: Uint8Array, offset: number, low: number, high: number): number {
  let at = offset;
  let [lowRest, highRest] = [low, high];
  while (highRest !== 0 || lowRest > 0x7f) {
    target[at++] = (lowRest & 0x7f) | 0x80;
    lowRest = ((lowRest >>> 7) | (highRest << 25)) >>> 0;
    highRest >>>= 7;
  }
  target[at++] = lowRest;
  return at;
}

/** Reads the message in `bytes`; undefined when they are none. The payload is a copy. */
export function decodeRecord(bytes: Uint8Array): CaptureRecord | undefined {
  const fields = new Fields(bytes);
  let timeNs = 0n;
  let size = 0;
  let payload: Uint8Array | undefined;
  while (fields.next()) {
    // As protobuf demands, the last of a repeated field counts, and unknown ones are skipped.
    if (fields.tag === TIMESTAMP_TAG) timeNs = fields.number;
    else if (fields.tag === PAYLOAD_SIZE_TAG) size = Number(BigInt.asIntN(32, fields.number));
    else if (fields.tag === PAYLOAD_TAG) payload = fields.bytes;
  }
  if (fields.isBroken) return undefined;
  const all = payload ?? new Uint8Array(0);
  // A size that is missing or no part of the payload says nothing.
  return { timeNs, payload: size > 0 && size < all.length ? all.slice(0, size) : all.slice() };
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Walks over the fields of a protobuf message, whatever they are. */
class Fields {
  readonly #message: Uint8Array;
  #at = 0;
  /** Number and wire type of the field, as they stand in the message. */
  tag = 0;
  /** The value of a varint field, two's complement. */
  number = 0n;
  /** The value of a bytes field, a view of the message. */
  bytes: Uint8Array = new Uint8Array(0);
  /** The message ends within a field, or holds what is no field. */
  isBroken = false;

  constructor(message: Uint8Array) {
    this.#message = message;
  }

  /** Steps to the next field; false at the end of the message or of what can be read. */
  next(): boolean {
    if (this.#at >= this.#message.length || this.isBroken) return false;
    this.tag = Number(this.#varint());
    // No field of this message has a larger number, but another version's could.
    const wireType = this.tag % 8;
    if (wireType === VARINT) this.number = this.#varint();
    else if (wireType === BYTES) this.#skip(Number(BigInt.asUintN(64, this.#varint())));
    else if (wireType === FIXED64) this.#skip(8);
    else if (wireType === FIXED32) this.#skip(4);
    else this.isBroken = true;
    return !this.isBroken;
  }

  #skip(length: number): void {
    if (length > this.#message.length - this.#at) {
      this.isBroken = true;
      return;
    }
    this.bytes = this.#message.subarray(this.#at, this.#at + length);
    this.#at += length;
  }

  #varint(): bigint {
    let [low, high] = [0, 0];
    for (let index = 0; index < VARINT_BYTES_MAX && this.#at < this.#message.length; index++) {
      const byte = this.#message[this.#at++] ?? 0;
      const shift = 7 * index;
      if (shift < 32) low = (low | ((byte & 0x7f) << shift)) >>> 0;
      if (shift > 24)
        high = (high | (shift < 32 ? (byte & 0x7f) >>> (32 - shift) : (byte & 0x7f) << (shift - 32))) >>> 0;
      if (byte < 0x80) {
        halves.setUint32(0, high);
        halves.setUint32(4, low);
        return halves.getBigInt64(0);
      }
    }
    this.isBroken = true;
    return 0n;
  }
}
