import { fmix } from "./mix";

/**
 * The key hash: NH (Black et al., UMAC, 1999), a universal hash. Each 32 bytes of a string are added to 32 secret
 * bytes that belong to their position, and 32-bit lanes of the halves are multiplied in pairs:
 *
 *   sum over 32-byte blocks of (m0+k0)(m4+k4) + … + (m3+k3)(m7+k7)      32-bit adds, 64-bit products
 *
 * Two different strings collide with probability ≤ 2^-32 over the secret, whoever chooses them, and the products of
 * neighbouring blocks do not wait for each other. It is taken twice, the second time with a secret that starts 16 bytes
 * later (UMAC's Toeplitz construction), so that both collide with probability ≤ 2^-64. That is what a key is known by: the
 * table keeps these 128 bits and not the key, which saves most of a series' memory, and the waiting for it. That any two
 * of a million series are ever taken for one has a chance of 2^-24; the Agent goes by 64 bits, which anybody can foresee.
 *
 * The tags go on in the secret where the name has ended.
 */
/** For a line of 65,536 bytes, which ends in the middle of a block twice, and what the second sum reads behind it. */
const SECRET_BYTES: usize = 65_536 + 128;
export const SECRET = memory.data(65_536 + 128, 64);

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

/** One of the two sums with a further block. */
@inline
export function addBlock(sum: v128, low: v128, high: v128, secret: usize): v128 {
  const a = i32x4.add(low, v128.load(secret));
  const b = i32x4.add(high, v128.load(secret, 16));
  return i64x2.add(sum, i64x2.add(i64x2.extmul_low_i32x4_u(a, b), i64x2.extmul_high_i32x4_u(a, b)));
}

/** The other one, whose secret starts 16 bytes later. */
@inline
export function addCheck(check: v128, low: v128, high: v128, secret: usize): v128 {
  return addBlock(check, low, high, secret + 16);
}

/** Both sums, 64 bits each, with the last block, of which only `keep` < 32 bytes belong to the string. */
@inline
export function sumsWithRest(sum: v128, check: v128, low: v128, high: v128, keep: usize, secret: usize): v128 {
  const first = v128.and(low, v128.load(KEEP + BLOCK - keep));
  const second = v128.and(high, v128.load(KEEP + BLOCK - keep, 16));
  return folded(addBlock(sum, first, second, secret), addCheck(check, first, second, secret));
}

/** Both sums from the lanes in which they were gathered. */
@inline
function folded(sum: v128, check: v128): v128 {
  return i64x2.add(v128.shuffle<i64>(sum, check, 0, 2), v128.shuffle<i64>(sum, check, 1, 3));
}

/** Both sums of a whole string in memory. */
export function hashBytes(at: usize, length: usize, secrets: usize): v128 {
  let sum = i64x2.splat(0);
  let check = i64x2.splat(0);
  let done: usize = 0;
  for (; length - done >= BLOCK; done += BLOCK) {
    const low = v128.load(at + done);
    const high = v128.load(at + done, 16);
    sum = addBlock(sum, low, high, secrets + done);
    check = addCheck(check, low, high, secrets + done);
  }
  return sumsWithRest(sum, check, v128.load(at + done), v128.load(at + done, 16), length - done, secrets + done);
}

/** The sums of a key from those of its parts. Lengths and kind are part of both, since zero padding is not. */
@inline
export function keySums(name: v128, nameLength: usize, tags: v128, tagsLength: usize, kind: u32): v128 {
  const shape = (<u64>nameLength << 32) | (<u64>tagsLength << 8) | kind;
  return i64x2.add(i64x2.add(name, tags), i64x2.splat(shape * 0x9e3779b97f4a7c15));
}

/** Where a key is in the table. */
@inline
export function hashOf(sums: v128, kind: u32): u64 {
  // Series keys, rarely read, get the upper half of the table to themselves: the lines' cache lines hold raw keys only.
  return (fmix(i64x2.extract_lane(sums, 0)) >> 1) | (<u64>(kind >> 7) << 63);
}

/** What a key is known by beside its hash. */
@inline
export function checkOf(sums: v128): u64 {
  return i64x2.extract_lane(sums, 1);
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
