import { NAME_SECRET, SECRET_MASK, TAGS_SECRET, block, folded, lastBlock } from "./hash";

/**
 * Searching for delimiters sixteen bytes at a time. Every datagram is followed by a line feed that `ingest` puts there,
 * so that no loop checks for the end; a load may read past it, but a match never comes from there.
 */
export const LF: u32 = 0x0a;
export const CR: u32 = 0x0d;
export const COLON: u32 = 0x3a;
export const PIPE: u32 = 0x7c;

/** NH of what the last scan passed over. */
export let scannedSum: u64 = 0;

/** From the start of a name: the first `:`, `|` or line feed. */
@inline
export function scanName(at: usize): usize {
  let sum = i64x2.splat(0);
  let done: usize = 0;
  while (true) {
    const bytes = v128.load(at + done);
    const colon = i8x16.eq(bytes, i8x16.splat(0x3a));
    const pipe = i8x16.eq(bytes, i8x16.splat(0x7c));
    const hits = i8x16.bitmask(v128.or(v128.or(colon, pipe), i8x16.eq(bytes, i8x16.splat(0x0a))));
    const secret = NAME_SECRET + (done & SECRET_MASK);
    if (hits != 0) {
      const keep = <usize>ctz(hits);
      scannedSum = folded(lastBlock(sum, bytes, keep, secret));
      return at + done + keep;
    }
    sum = block(sum, bytes, secret);
    done += 16;
  }
}

/** From the start of a tag section: the first `|` or line feed. */
@inline
export function scanTags(at: usize): usize {
  let sum = i64x2.splat(0);
  let done: usize = 0;
  while (true) {
    const bytes = v128.load(at + done);
    const pipe = i8x16.eq(bytes, i8x16.splat(0x7c));
    const hits = i8x16.bitmask(v128.or(pipe, i8x16.eq(bytes, i8x16.splat(0x0a))));
    const secret = TAGS_SECRET + (done & SECRET_MASK);
    if (hits != 0) {
      const keep = <usize>ctz(hits);
      scannedSum = folded(lastBlock(sum, bytes, keep, secret));
      return at + done + keep;
    }
    sum = block(sum, bytes, secret);
    done += 16;
  }
}

/** The first `|` or line feed, without a hash. */
export function scanField(at: usize): usize {
  let p = at;
  while (true) {
    const bytes = v128.load(p);
    const pipe = i8x16.eq(bytes, i8x16.splat(0x7c));
    const hits = i8x16.bitmask(v128.or(pipe, i8x16.eq(bytes, i8x16.splat(0x0a))));
    if (hits != 0) return p + ctz(hits);
    p += 16;
  }
}

/** The first line feed. */
export function scanLine(at: usize): usize {
  let p = at;
  while (true) {
    const hits = i8x16.bitmask(i8x16.eq(v128.load(p), i8x16.splat(0x0a)));
    if (hits != 0) return p + ctz(hits);
    p += 16;
  }
}

/** True at the end of a line: LF, or the one CR before it. */
@inline
export function atEnd(at: usize): bool {
  const byte = <u32>load<u8>(at);
  return byte == LF || (byte == CR && load<u8>(at, 1) == LF);
}
