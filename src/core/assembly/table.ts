import { TAGS_SECRET, NAME_SECRET, hashBytes, keyHash } from "./hash";
import { alloc, allocZeroed, free } from "./memory";
import { clock } from "./settings";

/**
 * The key table: raw key → cell. Extendible hashing: a directory, indexed by the first bits of the hash, of segments
 * of 512 entries with linear probing. A full segment splits in two (8 KiB moved); the table never stops to rehash as a
 * whole, so the longest pause does not grow with it.
 *
 *   entry   u64 hash · u32 value · u32 key          key 0 = empty, 1 = removed or header
 *   key     u16 name bytes · u16 tag bytes · u8 kind · u8 used · u16 epoch · u32 seen, seconds · name · tags
 *
 * Entry 0 of a segment is its header: u32 depth · u32 filled (removed ones too) · u32 live · 1.
 *
 * The kinds 0–5 are raw keys. Series keys (kind | SERIES) share the table: they find the cell of a series that was
 * bound before under another raw key.
 */
export const SERIES: u32 = 0x80;
/** Set in a value: not a cell, the low bits say which limit dropped the key. */
export const DROPPED: u32 = 0x8000_0000;
/** Set in a value beside a cell: the series stands in for others (`overflow`). */
export const OVERFLOW: u32 = 0x4000_0000;
/** Set in a value beside a cell: name and tag section of the key both carried tags. */
export const MIXED: u32 = 0x2000_0000;
/** What may stand beside a cell. Cells stay below: 2^29 / 4 records of 40 bytes are more than the 4 GiB of a memory. */
export const NOTES: u32 = OVERFLOW | MIXED;

const SLOTS: u32 = 512;
const SEGMENT_BYTES: u32 = SLOTS << 4;
/** Four fifths: linear probing stays short, and a split leaves two fifths. */
const FILLED_MAX: u32 = 410;
const REMOVED: u32 = 1;
const KEY_HEADER: usize = 12;
/** Kind and epoch of a key, of the u32 at 4. */
const MARK: u32 = 0xffff_00ff;

export let directory: usize = 0;
export let depth: u32 = 0;
let rawKeys: u32 = 0;
/**
 * Counts the sets of rules that raw keys were bound under. A raw key of an earlier one is not found any more, so that
 * the next line with it asks anew; the epoch stands beside the kind, so that looking for both is one comparison. Series
 * keys are of epoch 0 for ever.
 */
let epoch: u32 = 0;

export function tableInit(): void {
  directory = alloc(4);
  store<u32>(directory, <u32>newSegment(0));
}

function newSegment(segmentDepth: u32): usize {
  const at = allocZeroed(SEGMENT_BYTES);
  if (at == 0) return 0;
  store<u32>(at, segmentDepth);
  store<u32>(at, REMOVED, 12);
  return at;
}

@inline
function directoryIndex(hash: u64, bits: u32): usize {
  return bits == 0 ? 0 : <usize>(hash >> (64 - bits));
}

@inline
function segmentOf(hash: u64): usize {
  return load<u32>(directory + (directoryIndex(hash, depth) << 2));
}

/** Where the search for a hash begins. */
@inline
export function firstEntry(hash: u64): usize {
  return segmentOf(hash) + (<usize>(<u32>hash & (SLOTS - 1)) << 4);
}

@inline
export function keyName(key: usize): usize {
  return key + KEY_HEADER;
}

@inline
export function keyNameLength(key: usize): usize {
  return load<u16>(key);
}

@inline
export function keyTagsLength(key: usize): usize {
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
export function valueOf(entry: usize): u32 {
  return load<u32>(entry, 8);
}

@inline
export function keyOf(entry: usize): usize {
  return load<u32>(entry, 12);
}

/** Marks the entry's key as used since the last sweep. Reads first: a store would dirty the cache line each time. */
@inline
export function markUsed(entry: usize): void {
  const key = keyOf(entry);
  if (load<u8>(key, 5) == 0) store<u8>(key, 1, 5);
}

@inline
function sameBytes(a: usize, b: usize, length: usize): bool {
  let done: usize = 0;
  for (; done + 16 <= length; done += 16) {
    if (!i8x16.all_true(i8x16.eq(v128.load(a + done), v128.load(b + done)))) return false;
  }
  const rest = <i32>(length - done);
  if (rest == 0) return true;
  const differ = ~i8x16.bitmask(i8x16.eq(v128.load(a + done), v128.load(b + done)));
  return (differ & ((1 << rest) - 1)) == 0;
}

/** The entry of a key, 0 when it is not there. */
@inline
export function find(hash: u64, kind: u32, name: usize, nameLength: usize, tags: usize, tagsLength: usize): usize {
  const segment = segmentOf(hash);
  const shape = (<u32>nameLength) | (<u32>tagsLength << 16);
  const mark = kind | (epochOf(kind) << 16);
  let slot = <u32>hash & (SLOTS - 1);
  while (true) {
    const entry = segment + (slot << 4);
    const key = keyOf(entry);
    if (key == 0) return 0;
    if (key != REMOVED && load<u64>(entry) == hash && load<u32>(key) == shape && (load<u32>(key, 4) & MARK) == mark) {
      const bytes = key + KEY_HEADER;
      if (sameBytes(bytes, name, nameLength) && sameBytes(bytes + nameLength, tags, tagsLength)) return entry;
    }
    slot = (slot + 1) & (SLOTS - 1);
  }
}

export function hashOfKey(key: usize): u64 {
  const nameLength = keyNameLength(key);
  const tagsLength = keyTagsLength(key);
  const nameSum = hashBytes(keyName(key), nameLength, NAME_SECRET);
  const tagsSum = tagsLength == 0 ? 0 : hashBytes(keyName(key) + nameLength, tagsLength, TAGS_SECRET);
  return keyHash(nameSum, nameLength, tagsSum, tagsLength, keyKind(key));
}

/** Adds a key that is not there; false when memory is short (nothing changed then). */
export function insert(hash: u64, kind: u32, name: usize, nameLength: usize, tags: usize, tagsLength: usize, value: u32): bool {
  let segment = segmentOf(hash);
  while (load<u32>(segment, 4) >= FILLED_MAX) {
    if (!makeRoom(segment, hash)) return false;
    segment = segmentOf(hash);
  }
  const key = alloc(<u32>(KEY_HEADER + nameLength + tagsLength));
  if (key == 0) return false;
  store<u16>(key, <u16>nameLength);
  store<u16>(key, <u16>tagsLength, 2);
  store<u32>(key, kind | 0x100 | (epochOf(kind) << 16), 4);
  store<u32>(key, seconds(), 8);
  memory.copy(key + KEY_HEADER, name, nameLength);
  memory.copy(key + KEY_HEADER + nameLength, tags, tagsLength);
  place(segment, hash, value, <u32>key);
  store<u32>(segment, load<u32>(segment, 4) + 1, 4);
  store<u32>(segment, load<u32>(segment, 8) + 1, 8);
  if ((kind & SERIES) == 0) rawKeys++;
  return true;
}

@inline
export function seconds(): u32 {
  return <u32>(clock / 1000);
}

/** Into the first empty slot of the probe; removed ones are only cleared by `makeRoom`. */
@inline
function place(segment: usize, hash: u64, value: u32, key: u32): void {
  let slot = <u32>hash & (SLOTS - 1);
  while (load<u32>(segment + (slot << 4), 12) != 0) slot = (slot + 1) & (SLOTS - 1);
  const entry = segment + (slot << 4);
  store<u64>(entry, hash);
  store<u32>(entry, value, 8);
  store<u32>(entry, key, 12);
}

/** Splits a full segment, or rewrites it where enough of it was removed. */
function makeRoom(segment: usize, hash: u64): bool {
  const segmentDepth = load<u32>(segment);
  const splits = load<u32>(segment, 8) > FILLED_MAX - (FILLED_MAX >> 2);
  if (splits && segmentDepth == depth && !doubleDirectory()) return false;
  const childDepth = splits ? segmentDepth + 1 : segmentDepth;
  const low = newSegment(childDepth);
  if (low == 0) return false;
  const high = splits ? newSegment(childDepth) : low;
  if (high == 0) {
    free(low, SEGMENT_BYTES);
    return false;
  }
  for (let slot: u32 = 1; slot < SLOTS; slot++) {
    const entry = segment + (slot << 4);
    if (load<u32>(entry, 12) <= REMOVED) continue;
    const there = load<u64>(entry);
    const into = splits && ((there >> (63 - segmentDepth)) & 1) == 1 ? high : low;
    place(into, there, valueOf(entry), load<u32>(entry, 12));
    store<u32>(into, load<u32>(into, 4) + 1, 4);
    store<u32>(into, load<u32>(into, 8) + 1, 8);
  }
  // All directory places whose first `segmentDepth` bits are those of the segment: one run.
  const run: usize = 1 << (depth - segmentDepth);
  const first = directoryIndex(hash, depth) & ~(run - 1);
  for (let i: usize = 0; i < run; i++) {
    store<u32>(directory + ((first + i) << 2), <u32>(splits && i >= run >> 1 ? high : low));
  }
  free(segment, SEGMENT_BYTES);
  return true;
}

function doubleDirectory(): bool {
  if (depth >= 24) return false;
  const places: usize = 1 << depth;
  const more = alloc(<u32>places << 3);
  if (more == 0) return false;
  for (let i: usize = 0; i < places; i++) {
    const segment = load<u32>(directory + (i << 2));
    store<u32>(more + (i << 3), segment);
    store<u32>(more + (i << 3), segment, 4);
  }
  free(directory, <u32>places << 2);
  directory = more;
  depth++;
  return true;
}

/** Removes an entry of `segment` and frees its key. */
export function remove(segment: usize, entry: usize): void {
  const key = keyOf(entry);
  if ((keyKind(key) & SERIES) == 0) rawKeys--;
  free(key, <u32>(KEY_HEADER + keyNameLength(key) + keyTagsLength(key)));
  store<u32>(entry, REMOVED, 12);
  store<u32>(segment, load<u32>(segment, 8) - 1, 8);
}

/** From now on no raw key that is known is found: each is asked for again. What they held is freed by `forgetStale`. */
export function beginEpoch(): void {
  epoch = (epoch + 1) & 0xffff;
}

@inline
export function slotsOf(): u32 {
  return SLOTS;
}

@inline
export function isUsable(entry: usize): bool {
  return load<u32>(entry, 12) > REMOVED;
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

export function rawKeyCount(): u32 {
  return rawKeys;
}
