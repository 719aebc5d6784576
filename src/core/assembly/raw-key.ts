import { BLOCK, keepLow } from "./hash";
import { alloc, free } from "./memory";
import { clock } from "./settings";

/**
 * A key in memory: what a line is looked up by, byte for byte as it came.
 *
 *   u16 name bytes · u16 tag bytes · u8 kind · u8 used · u16 epoch · u32 seen, seconds · name · tags
 *
 * The kinds 0–5 are raw keys. Series keys (kind | SERIES) share their table: they find the cell of a series that was
 * bound before under another raw key.
 */
export const SERIES: u32 = 0x80;
const KEY_HEADER: usize = 12;
/** Of the first eight bytes of a key, all but `used`. */
const SHAPE: u64 = 0xffff_00ff_ffff_ffff;

/**
 * Counts the sets of rules that raw keys were bound under. A raw key of an earlier one is not found any more, so that
 * the next line with it asks anew; the epoch stands beside the kind, so that looking for both is one comparison. Series
 * keys are of epoch 0 for ever.
 */
let epoch: u32 = 0;

/** A key that is used now; 0 when memory is short. */
export function newKey(kind: u32, name: usize, nameLength: usize, tags: usize, tagsLength: usize): usize {
  const key = alloc(<u32>(KEY_HEADER + nameLength + tagsLength));
  if (key == 0) return 0;
  store<u16>(key, <u16>nameLength);
  store<u16>(key, <u16>tagsLength, 2);
  store<u32>(key, kind | 0x100 | (epochOf(kind) << 16), 4);
  store<u32>(key, seconds(), 8);
  memory.copy(key + KEY_HEADER, name, nameLength);
  memory.copy(key + KEY_HEADER + nameLength, tags, tagsLength);
  return key;
}

export function freeKey(key: usize): void {
  free(key, <u32>(KEY_HEADER + keyNameLength(key) + keyTagsLength(key)));
}

@inline
function keyNameLength(key: usize): usize {
  return load<u16>(key);
}

@inline
function keyTagsLength(key: usize): usize {
  return load<u16>(key, 2);
}

@inline
export function keyKind(key: usize): u32 {
  return load<u8>(key, 4);
}

@inline
function epochOf(kind: u32): u32 {
  return (kind & SERIES) == 0 ? epoch : 0;
}

/** True for a raw key that was bound under earlier rules. */
@inline
export function isStale(key: usize): bool {
  return <u32>load<u16>(key, 6) != epochOf(keyKind(key));
}

@inline
function seconds(): u32 {
  return <u32>(clock / 1000);
}

/** Marks a key as used since the last sweep. Reads first: a store would dirty the cache line each time. */
@inline
export function markUsed(key: usize): void {
  if (load<u8>(key, 5) == 0) store<u8>(key, 1, 5);
}

/**
 * Compares 16 bytes twice a step. The last step takes the first 16 bytes of what is left and the last 16, which are the same
 * ones where no more are left: no branch depends on the length, and hardly anything is read that does not belong to the key.
 */
@inline
function sameBytes(a: usize, b: usize, length: usize): bool {
  let done: usize = 0;
  for (; length - done >= BLOCK; done += BLOCK) {
    if (v128.any_true(v128.or(differ(a + done, b + done), differ(a + done + 16, b + done + 16)))) return false;
  }
  const left = length - done;
  const second = done + (max<usize>(left, 16) - 16);
  const different = v128.or(differ(a + done, b + done), differ(a + second, b + second));
  return !v128.any_true(v128.and(different, keepLow(left)));
}

@inline
function differ(a: usize, b: usize): v128 {
  return v128.xor(v128.load(a), v128.load(b));
}

/** Whether `key` is the one looked for. 0 and 1 are no keys: see `table.ts`. */
@inline
export function isKey(key: usize, kind: u32, name: usize, nameLength: usize, tags: usize, tagsLength: usize): bool {
  const lengths = <u64>((<u32>nameLength) | (<u32>tagsLength << 16));
  const shape = lengths | (<u64>(kind | (epochOf(kind) << 16)) << 32);
  if (key <= 1 || (load<u64>(key) & SHAPE) != shape) return false;
  const bytes = key + KEY_HEADER;
  return sameBytes(bytes, name, nameLength) && sameBytes(bytes + nameLength, tags, tagsLength);
}

/** The last byte of a key, or one near it. */
@inline
export function lastByte(key: usize, nameLength: usize, tagsLength: usize): usize {
  return key + KEY_HEADER + nameLength + tagsLength - 1;
}

/** Idle seconds of a key; one that was used since the last visit counts as seen now. */
export function idleSeconds(key: usize): u32 {
  if (load<u8>(key, 5) != 0) {
    store<u8>(key, 0, 5);
    store<u32>(key, seconds(), 8);
    return 0;
  }
  return seconds() - load<u32>(key, 8);
}

/** From now on no raw key that is known is found: each is asked for again. What they held is freed by `forgetStale`. */
export function beginEpoch(): void {
  epoch = (epoch + 1) & 0xffff;
}
