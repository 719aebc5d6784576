/**
 * The capture file of the Datadog Agent (`agent dogstatsd-capture`), as it stands on disk, raw or as one zstd stream:
 *
 *     D4 74 D0 60 F3 FF 00 00   header; the fifth byte is F0 | version
 *     93 00 00 00               length of a record, uint32, little-endian
 *     08 84 E2 … 1A 83 01 …     the record: a protobuf message `UnixDogstatsdMsg`, see record.ts
 *     …                         further lengths and records
 *     00 00 00 00               the closing mark: a length of zero (since version 2)
 *     …                         the tags of the captured processes, protobuf `TaggerState`; tallyd writes none
 *     00 00 00 00               the length of that, uint32, little-endian
 *
 * Since version 3 a record's time is in nanoseconds, before that in seconds.
 */

/** The version that is written; it and all before it are read. */
export const VERSION = 3;
export const HEADER_BYTES = 8;
export const LENGTH_BYTES = 4;
const VERSION_AT = 4;
const VERSION_MASK = 0xf0;

/** The first version with a closing mark, and the first one whose times are nanoseconds. */
export const CLOSING_SINCE = 2;
export const NANOSECONDS_SINCE = 3;

/**
 * Most bytes of a record that is read. A datagram has at most 65,507 bytes over UDP and some 200 KiB on a Unix socket; a
 * longer record is a broken length, for which no memory is set aside.
 */
export const RECORD_BYTES_MAX = 1 << 20;

const HEADER = Uint8Array.of(0xd4, 0x74, 0xd0, 0x60, VERSION_MASK | VERSION, 0xff, 0x00, 0x00);

/** What stands before the first record. */
export function header(): Uint8Array {
  return HEADER.slice();
}

/** What stands behind the last record: the closing mark, a state of no bytes, and its length. */
export function trailer(): Uint8Array {
  return new Uint8Array(2 * LENGTH_BYTES);
}

/** The version that `bytes`, the first eight of a file, tell; undefined when they are no header of a capture. */
export function versionOf(bytes: Uint8Array): number | undefined {
  const version = (bytes[VERSION_AT] ?? 0) & ~VERSION_MASK;
  const isHeader = HEADER.every((byte, at) => (at === VERSION_AT ? VERSION_MASK | version : byte) === bytes[at]);
  return isHeader ? version : undefined;
}

/** True when `bytes` begin as a zstd frame does (RFC 8878, 3.1.1). */
export function isZstd(bytes: Uint8Array): boolean {
  return bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd;
}
