import { fmix } from "./mix";

/**
 * The key hash: NH (Black et al., UMAC, 1999), a universal hash. Each 32 bytes of a string are added to 32 secret
 * bytes that belong to their position, and 32-bit lanes of the halves are multiplied in pairs:
 *
 *   sum over 32-byte blocks of (m0+k0)(m4+k4) + … + (m3+k3)(m7+k7)      32-bit adds, 64-bit products
 *
 * Two different strings collide with probability ≤ 2^-32 over the secret, whoever chooses them, and the products of
 * neighbouring blocks do not wait for each other: about one nanosecond per 16 bytes, while the delimiter is searched
 * in the same registers. Names and tags use different halves of the secret.
 */
const SECRET_BYTES: usize = 16384;
const SECRET = memory.data(16384, 16);
export const NAME_SECRET: usize = SECRET;
export const TAGS_SECRET: usize = SECRET + 8192;
/** Positions past 8,192 use the secret again; keys that long are refused anyway (`keyBytesMax`). */
export const SECRET_MASK: usize = 8191;

export const BLOCK: usize = 32;
/** 32 bytes of ones, then of zeros: from KEEP + 32 - n on, the first n bytes are kept. */
const KEEP = memory.data(64, 64);

let memberSeed: u64 = 0;

export function hashInit(keySeed: u64, setSeed: u64): void {
  memberSeed = setSeed;
  let state = keySeed;
  for (let at: usize = 0; at < SECRET_BYTES; at += 8) {
    state += 0x9e3779b97f4a7c15; // splitmix64
    store<u64>(SECRET + at, fmix(state));
  }
  memory.fill(KEEP, 0xff, BLOCK);
}

@inline
export function addBlock(sum: v128, low: v128, high: v128, secret: usize): v128 {
  const a = i32x4.add(low, v128.load(secret));
  const b = i32x4.add(high, v128.load(secret, 16));
  return i64x2.add(sum, i64x2.add(i64x2.extmul_low_i32x4_u(a, b), i64x2.extmul_high_i32x4_u(a, b)));
}

/** The last block, of which only `keep` < 32 bytes belong to the string. */
@inline
export function addRest(sum: v128, low: v128, high: v128, keep: usize, secret: usize): v128 {
  return addBlock(sum, v128.and(low, keepLow(keep)), v128.and(high, keepHigh(keep)), secret);
}

/** Ones where the first `keep` ≤ 32 bytes of a block are, in its first half and in its second. */
@inline
export function keepLow(keep: usize): v128 {
  return v128.load(KEEP + BLOCK - keep);
}

@inline
function keepHigh(keep: usize): v128 {
  return v128.load(KEEP + BLOCK - keep, 16);
}

@inline
export function folded(sum: v128): u64 {
  return i64x2.extract_lane(sum, 0) + i64x2.extract_lane(sum, 1);
}

/** NH of a whole string in memory. */
export function hashBytes(at: usize, length: usize, secret: usize): u64 {
  let sum = i64x2.splat(0);
  let done: usize = 0;
  for (; length - done >= BLOCK; done += BLOCK) {
    sum = addBlock(sum, v128.load(at + done), v128.load(at + done, 16), secret + (done & SECRET_MASK));
  }
  const rest = secret + (done & SECRET_MASK);
  return folded(addRest(sum, v128.load(at + done), v128.load(at + done, 16), length - done, rest));
}

/** The hash of a key from the NH of its parts. Lengths and kind are part of it, since zero padding is not. */
@inline
export function keyHash(nameSum: u64, nameLength: usize, tagsSum: u64, tagsLength: usize, kind: u32): u64 {
  const shape = (<u64>nameLength << 32) | (<u64>tagsLength << 8) | kind;
  const mixed = fmix(nameSum + rotl<u64>(tagsSum, 29) + shape * 0x9e3779b97f4a7c15);
  // Series keys, rarely read, get the upper half of the table to themselves: the lines' cache lines hold raw keys only.
  return (mixed >> 1) | (<u64>(kind >> 7) << 63);
}

/**
 * The hash of a set member: 64 well-mixed bits, equal in every tally of a process (HyperLogLog needs the mixing, and
 * merging needs the equality). 0 is kept free as the empty slot.
 */
export function memberHash(at: usize, length: usize): u64 {
  let state = memberSeed ^ (<u64>length * 0x9e3779b97f4a7c15);
  let done: usize = 0;
  for (; length - done >= 8; done += 8) state = (rotl<u64>(state, 27) ^ fmix(load<u64>(at + done))) * 0x9fb21c651e98df25;
  const rest = load<u64>(at + done) & ((<u64>1 << ((length - done) << 3)) - 1);
  state = fmix((rotl<u64>(state, 27) ^ fmix(rest + 1)) * 0x9fb21c651e98df25);
  return state == 0 ? 1 : state;
}
