import { BLOCK, SECRET, addBlock, addCheck, sumsWithRest } from "./hash";

/**
 * Searching for delimiters 32 bytes at a time: most names and tag sections end in the first or second step, so that the
 * processor seldom guesses wrong how many there are. Every datagram is followed by a line feed that `ingest` puts there,
 * so that no loop checks for the end; a load may read past it, but a match never comes from there.
 */
export const LF: u32 = 0x0a;
export const CR: u32 = 0x0d;
export const COLON: u32 = 0x3a;
export const PIPE: u32 = 0x7c;

/** Sixteen of each. In memory, since a load is one instruction and a constant of 16 bytes takes three. */
const LFS = memory.data<u64>([0x0a0a0a0a0a0a0a0a, 0x0a0a0a0a0a0a0a0a], 16);
const COLONS = memory.data<u64>([0x3a3a3a3a3a3a3a3a, 0x3a3a3a3a3a3a3a3a], 16);
const PIPES = memory.data<u64>([0x7c7c7c7c7c7c7c7c, 0x7c7c7c7c7c7c7c7c], 16);

/** Both sums of the last name, and of the last tag section. */
export let nameSums: v128 = i64x2.splat(0);
export let sectionSums: v128 = i64x2.splat(0);
/** The secret of the tags: where that of the name has ended. */
export let tagsSecret: usize = 0;

/** From the start of a name: the first `:`, `|` or line feed. */
@inline
export function scanName(at: usize): usize {
  return scanHashed(at, SECRET, true);
}

/** From the start of a tag section: the first `|` or line feed. */
@inline
export function scanTags(at: usize): usize {
  return scanHashed(at, tagsSecret, false);
}

/** Inlined with `isName` known, so that nothing asks for it at run time. */
@inline
function scanHashed(at: usize, secrets: usize, isName: bool): usize {
  let sum = i64x2.splat(0);
  let check = i64x2.splat(0);
  let done: usize = 0;
  while (true) {
    const low = v128.load(at + done);
    const high = v128.load(at + done, 16);
    const hits = isName ? joined(endsName(low), endsName(high)) : joined(endsField(low), endsField(high));
    const secret = secrets + done;
    if (hits != 0) {
      const keep = <usize>ctz(hits);
      const sums = sumsWithRest(sum, check, low, high, keep, secret);
      if (isName) {
        nameSums = sums;
        tagsSecret = secret + BLOCK;
      } else sectionSums = sums;
      return at + done + keep;
    }
    sum = addBlock(sum, low, high, secret);
    check = addCheck(check, low, high, secret);
    done += BLOCK;
  }
}

/** The first `|` or line feed, without a hash. */
export function scanField(at: usize): usize {
  let p = at;
  while (true) {
    const hits = i8x16.bitmask(endsField(v128.load(p)));
    if (hits != 0) return p + ctz(hits);
    p += 16;
  }
}

/** The first line feed. */
export function scanLine(at: usize): usize {
  let p = at;
  while (true) {
    const hits = i8x16.bitmask(i8x16.eq(v128.load(p), v128.load(LFS)));
    if (hits != 0) return p + ctz(hits);
    p += 16;
  }
}

@inline
function endsField(bytes: v128): v128 {
  return v128.or(i8x16.eq(bytes, v128.load(PIPES)), i8x16.eq(bytes, v128.load(LFS)));
}

@inline
function endsName(bytes: v128): v128 {
  return v128.or(i8x16.eq(bytes, v128.load(COLONS)), endsField(bytes));
}

/** One bit for each of 32 bytes. */
@inline
function joined(low: v128, high: v128): u32 {
  return <u32>i8x16.bitmask(low) | (<u32>i8x16.bitmask(high) << 16);
}

/** True at the end of a line: LF, or the one CR before it. */
@inline
export function atEnd(at: usize): bool {
  const byte = <u32>load<u8>(at);
  return byte == LF || (byte == CR && load<u8>(at, 1) == LF);
}
