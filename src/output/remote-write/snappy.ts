/**
 * Snappy's block format (google/snappy, format_description.txt): the length of the content as a varint, then elements
 *
 *   nnnnnn00             literal of n + 1 bytes; n of 60 and 61 say that the length - 1 follows in 1 or 2 bytes
 *   oooooo|lll|01 oooooooo       copy of lll + 4 bytes from offset (11 bits) back
 *   llllll10 offset:u16          copy of llllll + 1 bytes from offset back
 *
 * Content is cut into blocks of 64 KiB that are compressed by themselves, so every offset fits 16 bits.
 */
const BLOCK_BYTES = 65_536;
const HASH_BITS = 14;
/** Shorter matches are not worth an element, and the search loads four bytes at a time. */
const MATCH_MIN = 4;
/** After so many misses in a row (in 1/32), the search steps over one byte more: what does not compress passes quickly. */
const SKIP_BITS = 5;
/** Below so many bytes, a loop copies faster than the runtime. */
const COPY_BYTES_MIN = 48;
/** Where the last position of each hash lies in the block, + 1; used again by every call. */
const table = new Uint16Array(1 << HASH_BITS);

/** Bytes that `content` bytes take at most. */
export function compressedBytesMax(content: number): number {
  return 32 + content + Math.floor(content / 6);
}

/** Compresses; the answer is the caller's to keep. */
export function compress(content: Uint8Array): Uint8Array {
  const into = Buffer.allocUnsafeSlow(compressedBytesMax(content.length));
  let at = writeVarint(into, 0, content.length);
  for (let start = 0; start < content.length; start += BLOCK_BYTES) {
    at = compressBlock(content.subarray(start, start + BLOCK_BYTES), into, at);
  }
  // A copy of its real size: the room for the worst case must not wait in a queue.
  return Uint8Array.prototype.slice.call(into, 0, at);
}

function compressBlock(block: Uint8Array, into: Uint8Array, start: number): number {
  table.fill(0);
  const last = block.length - MATCH_MIN;
  let at = start;
  let literal = 0;
  let position = 0;
  let misses = 1 << SKIP_BITS;
  while (position <= last) {
    const word = wordAt(block, position);
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
    const candidate = (table[slot] as number) - 1;
    // 65,535 has no place in the table as position + 1 of a 16-bit number; it is simply not found again.
    table[slot] = position + 1;
    if (candidate < 0 || candidate >= position || wordAt(block, candidate) !== word) {
      position += misses++ >> SKIP_BITS;
      continue;
    }
    at = writeLiteral(block, literal, position, into, at);
    let length = MATCH_MIN;
    while (position + length < block.length && block[candidate + length] === block[position + length]) length += 1;
    at = writeCopy(into, at, position - candidate, length);
    position += length;
    literal = position;
    misses = 1 << SKIP_BITS;
  }
  return writeLiteral(block, literal, block.length, into, at);
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

function writeLiteral(block: Uint8Array, start: number, end: number, into: Uint8Array, at: number): number {
  const rest = end - start - 1;
  if (rest < 0) return at;
  if (rest < 60) {
    into[at++] = rest << 2;
  } else if (rest < 256) {
    into[at++] = 60 << 2;
    into[at++] = rest;
  } else {
    into[at++] = 61 << 2;
    into[at++] = rest & 255;
    into[at++] = rest >> 8;
  }
  if (rest > COPY_BYTES_MIN) into.set(block.subarray(start, end), at);
  else for (let from = start; from < end; from += 1) into[at + from - start] = block[from] as number;
  return at + rest + 1;
}

function writeCopy(into: Uint8Array, start: number, offset: number, length: number): number {
  let at = start;
  let left = length;
  // An element copies 64 bytes at most; what is left for the last one must be at least 4 to use the short form.
  while (left > 64) {
    const part = left >= 68 ? 64 : 60;
    at = writeLongCopy(into, at, offset, part);
    left -= part;
  }
  if (left > 11 || offset >= 2048) return writeLongCopy(into, at, offset, left);
  into[at++] = ((offset >> 8) << 5) | ((left - 4) << 2) | 1;
  into[at++] = offset & 255;
  return at;
}

function writeLongCopy(into: Uint8Array, at: number, offset: number, length: number): number {
  into[at] = ((length - 1) << 2) | 2;
  into[at + 1] = offset & 255;
  into[at + 2] = offset >> 8;
  return at + 3;
}

function writeVarint(into: Uint8Array, start: number, value: number): number {
  let at = start;
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) into[at++] = (left & 127) | 128;
  into[at++] = left;
  return at;
}

/** The content of what `compress` made. Not for foreign bytes: only its elements are known, and nothing is checked. */
export function decompress(compressed: Uint8Array): Uint8Array {
  let at = 0;
  let size = 0;
  for (let factor = 1, byte = 128; byte >= 128; factor *= 128) {
    byte = compressed[at++] as number;
    size += (byte & 127) * factor;
  }
  const content = Buffer.allocUnsafeSlow(size);
  let written = 0;
  while (written < size) {
    const tag = compressed[at++] as number;
    const type = tag & 3;
    if (type === 0) {
      let rest = tag >> 2;
      if (rest === 60) rest = compressed[at++] as number;
      else if (rest === 61) {
        rest = (compressed[at] as number) | ((compressed[at + 1] as number) << 8);
        at += 2;
      }
      content.set(compressed.subarray(at, at + rest + 1), written);
      at += rest + 1;
      written += rest + 1;
      continue;
    }
    const isShort = type === 1;
    const length = isShort ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const low = compressed[at++] as number;
    const offset = isShort ? ((tag >> 5) << 8) | low : low | ((compressed[at++] as number) << 8);
    // Byte by byte, because a copy may overlap with what it writes.
    for (const end = written + length; written < end; written += 1)
      content[written] = content[written - offset] as number;
  }
  return content;
}
