import { alloc, free } from "./memory";
import { clock } from "./settings";

/**
 * A key in memory: by what it is known beside its hash, and when it was used. What a line is called is kept by those alone to whom it
 * was told when the key was new.
 *
 *   u64 check · u16 epoch · u8 kind · u8 used · u32 seen, seconds
 *
 * The kinds 0–5 are raw keys. Series keys (kind | SERIES) share their table: they find the cell of a series that was
 * bound before under another raw key.
 */
export const SERIES: u32 = 0x80;
const KEY_BYTES: u32 = 16;
const EPOCH: usize = 8;
const KIND: usize = 10;
const USED: usize = 11;
const SEEN: usize = 12;
/** Epoch and kind. */
const SHAPE: u32 = 0xff_ffff;

/**
 * Counts the sets of rules that raw keys were bound under. A raw key of an earlier one is not found any more, so that
 * the next line with it asks anew; the epoch stands beside the kind, so that looking for both is one comparison. Series
 * keys are of epoch 0 for ever.
 */
let epoch: u32 = 0;

/** A key that is used now; 0 when memory is short. */
export function newKey(check: u64, kind: u32): usize {
  const key = alloc(KEY_BYTES);
  if (key == 0) return 0;
  store<u64>(key, check);
  store<u32>(key, shapeOf(kind), EPOCH);
  store<u8>(key, 1, USED);
  store<u32>(key, seconds(), SEEN);
  return key;
}

export function freeKey(key: usize): void {
  free(key, KEY_BYTES);
}

@inline
export function keyKind(key: usize): u32 {
  return load<u8>(key, KIND);
}

@inline
function shapeOf(kind: u32): u32 {
  return epochOf(kind) | (kind << 16);
}

@inline
function epochOf(kind: u32): u32 {
  return (kind & SERIES) == 0 ? epoch : 0;
}

/** True for a raw key that was bound under earlier rules. */
@inline
export function isStale(key: usize): bool {
  return <u32>load<u16>(key, EPOCH) != epochOf(keyKind(key));
}

@inline
function seconds(): u32 {
  return <u32>(clock / 1000);
}

/** Marks a key as used since the last sweep. Reads first: a store would dirty the cache line each time. */
@inline
export function markUsed(key: usize): void {
  if (load<u8>(key, USED) == 0) store<u8>(key, 1, USED);
}

/** Whether `key` is the one looked for. 0 and 1 are no keys: see `table.ts`. */
@inline
export function isKey(key: usize, check: u64, kind: u32): bool {
  return key > 1 && load<u64>(key) == check && (load<u32>(key, EPOCH) & SHAPE) == shapeOf(kind);
}

/** Idle seconds of a key; one that was used since the last visit counts as seen now. */
export function idleSeconds(key: usize): u32 {
  if (load<u8>(key, USED) != 0) {
    store<u8>(key, 0, USED);
    store<u32>(key, seconds(), SEEN);
    return 0;
  }
  return seconds() - load<u32>(key, SEEN);
}

/** From now on no raw key that is known is found: each is asked for again. What they held is freed by `forgetStale`. */
export function beginEpoch(): void {
  epoch = (epoch + 1) & 0xffff;
}
