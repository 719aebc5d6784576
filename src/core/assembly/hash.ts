import { fmix } from "./mix";

/**
 * The key hash: NH (Black et al., UMAC, 1999), a universal hash. Each 16 bytes of a string are added to 16 secret
 * bytes that belong to their position, and 32-bit lanes are multiplied in pairs:
 *
 *   sum over 16-byte blocks of (m0+k0)(m2+k2) + (m1+k1)(m3+k3)      32-bit adds, 64-bit products
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

/** MASKS + i * 16 keeps the first i of 16 bytes. */
const MASKS = memory.data(17 * 16, 16);

let memberSeed: u64 = 0;

export function hashInit(keySeed: u64, setSeed: u64): void {
  memberSeed = setSeed;
  let state = keySeed;
  for (let at: usize = 0; at < SECRET_BYTES; at += 8) {
    state += 0x9e3779b97f4a7c15; // splitmix64
    store<u64>(SECRET + at, fmix(state));
  }
  for (let keep: usize = 0; keep <= 16; keep++) {
    for (let at: usize = 0; at < 16; at++) store<u8>(MASKS + (keep << 4) + at, at < keep ? 0xff : 0);
  }
}

@inline
export function block(sum: v128, bytes: v128, secret: usize): v128 {
  const keyed = i32x4.add(bytes, v128.load(secret));
  return i64x2.add(sum, i64x2.extmul_low_i32x4_u(keyed, v128.shuffle<i32>(keyed, keyed, 2, 3, 0, 1)));
}

/** The last block, of which only `keep` < 16 bytes belong to the string. */
@inline
export function lastBlock(sum: v128, bytes: v128, keep: usize, secret: usize): v128 {
  return block(sum, v128.and(bytes, v128.load(MASKS + (keep << 4))), secret);
}

@inline
export function folded(sum: v128): u64 {
  return i64x2.extract_lane(sum, 0) + i64x2.extract_lane(sum, 1);
}

/** NH of a whole string in memory. */
export function hashBytes(at: usize, length: usize, secret: usize): u64 {
  let sum = i64x2.splat(0);
  let done: usize = 0;
  for (; length - done >= 16; done += 16) sum = block(sum, v128.load(at + done), secret + (done & SECRET_MASK));
  sum = lastBlock(sum, v128.load(at + done), length - done, secret + (done & SECRET_MASK));
  return folded(sum);
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
  let rest: u64 = 0;
  for (let i: usize = 0; i < length - done; i++) rest |= <u64>load<u8>(at + done + i) << (i << 3);
  state = fmix((rotl<u64>(state, 27) ^ fmix(rest + 1)) * 0x9fb21c651e98df25);
  return state == 0 ? 1 : state;
}
