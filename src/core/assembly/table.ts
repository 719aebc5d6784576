import { alloc, allocZeroed, free } from "./memory";
import { SERIES, freeKey, isKey, keyKind, newKey } from "./raw-key";

/**
 * The key table: raw key → cell. Extendible hashing: a directory, indexed by the first bits of the hash, of segments of
 * 128 buckets. A full segment splits in two (8 KiB moved); the table never stops to rehash as a whole, so the longest
 * pause does not grow with it.
 *
 *   bucket  u64 hash × 4 · u32 value × 4 · u32 key × 4       one cache line; key 0 = empty, 1 = removed or header
 *
 * The four hashes of a bucket are compared at once. Its places are filled in order, and a key that finds its bucket full
 * goes to the next one, so a bucket whose last place is empty ends the search. An entry is the address of its value.
 *
 * The first place of a segment is its header: u32 depth · u32 filled (removed ones too) where the hash is, and as its
 * value how many are live.
 *
 * What a key is in memory stands in `raw-key.ts`.
 */

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
const BUCKETS: u32 = SLOTS >> 2;
const VALUES: usize = 32;
const KEYS: usize = 48;
/** From a value to its key. */
const KEY: usize = KEYS - VALUES;
/** The last key of a bucket. */
const LAST: usize = KEYS + 12;
/** In a segment: how many keys it has. */
const FILLED: usize = 4;
const LIVE: usize = VALUES;
/** Four fifths: few buckets are full, and a split leaves two fifths. */
const FILLED_MAX: u32 = 410;
const REMOVED: u32 = 1;

export let directory: usize = 0;
export let depth: u32 = 0;
let rawKeys: u32 = 0;

export function tableInit(): void {
  directory = alloc(4);
  store<u32>(directory, <u32>newSegment(0));
}

function newSegment(segmentDepth: u32): usize {
  const at = allocZeroed(SEGMENT_BYTES);
  if (at == 0) return 0;
  store<u32>(at, segmentDepth);
  store<u32>(at, REMOVED, KEYS);
  return at;
}

@inline
function directoryIndex(hash: u64, bits: u32): usize {
  return <usize>((hash >> 1) >> (63 - bits)); // none for 0 bits
}

@inline
function segmentOf(hash: u64): usize {
  return load<u32>(directory + (directoryIndex(hash, depth) << 2));
}

/** The bucket where the search for a hash begins. */
@inline
export function bucketOf(hash: u64): usize {
  return bucketIn(segmentOf(hash), hash);
}

@inline
function bucketIn(segment: usize, hash: u64): usize {
  return segment + (<usize>(<u32>hash & (BUCKETS - 1)) << 6);
}

/** Which of the four places of a bucket have the hash: a bit for each. */
@inline
function placesOf(bucket: usize, hash: u64): u32 {
  const wanted = i64x2.splat(hash);
  const first = i64x2.eq(v128.load(bucket), wanted);
  const second = i64x2.eq(v128.load(bucket, 16), wanted);
  return <u32>i64x2.bitmask(first) | (<u32>i64x2.bitmask(second) << 2);
}

@inline
function entryAt(bucket: usize, place: u32): usize {
  return bucket + VALUES + (<usize>place << 2);
}

@inline
export function valueOf(entry: usize): u32 {
  return load<u32>(entry);
}

@inline
export function keyOf(entry: usize): usize {
  return load<u32>(entry, KEY);
}

/** An entry with the hash, in the bucket where the search begins or in the next one; 0 where there is none, or further on. */
@inline
export function likelyEntry(bucket: usize, hash: u64): usize {
  const places = placesOf(bucket, hash);
  if (places != 0) return entryAt(bucket, ctz(places));
  const isLast = (<u32>hash & (BUCKETS - 1)) == BUCKETS - 1;
  const further = isLast ? 0 : placesOf(bucket + 64, hash);
  return further == 0 ? 0 : entryAt(bucket + 64, ctz(further));
}

/** The entry of a key, 0 when it is not there. */
export function find(hash: u64, check: u64, kind: u32): usize {
  const segment = segmentOf(hash);
  let bucket = bucketIn(segment, hash);
  while (true) {
    for (let places = placesOf(bucket, hash); places != 0; places &= places - 1) {
      const entry = entryAt(bucket, ctz(places));
      if (isKey(keyOf(entry), check, kind)) return entry;
    }
    if (load<u32>(bucket, LAST) == 0) return 0;
    bucket = nextBucket(segment, bucket);
  }
}

@inline
function nextBucket(segment: usize, bucket: usize): usize {
  return segment + ((bucket + 64 - segment) & (SEGMENT_BYTES - 1));
}

/** Adds a key that is not there; false when memory is short (nothing changed then). */
export function insert(hash: u64, check: u64, kind: u32, value: u32): bool {
  let segment = segmentOf(hash);
  while (load<u32>(segment, FILLED) >= FILLED_MAX) {
    if (!makeRoom(segment, hash)) return false;
    segment = segmentOf(hash);
  }
  const key = newKey(check, kind);
  if (key == 0) return false;
  place(segment, hash, value, <u32>key);
  if ((kind & SERIES) == 0) rawKeys++;
  return true;
}

/** Into the first empty place of the search; removed ones are only cleared by `makeRoom`. */
function place(segment: usize, hash: u64, value: u32, key: u32): void {
  let bucket = bucketIn(segment, hash);
  while (load<u32>(bucket, LAST) != 0) bucket = nextBucket(segment, bucket);
  let free: u32 = 0;
  while (keyOf(entryAt(bucket, free)) != 0) free++;
  store<u64>(bucket + (<usize>free << 3), hash);
  store<u32>(entryAt(bucket, free), value);
  store<u32>(entryAt(bucket, free), key, KEY);
  store<u32>(segment, load<u32>(segment, FILLED) + 1, FILLED);
  store<u32>(segment, load<u32>(segment, LIVE) + 1, LIVE);
}

/** Splits a full segment, or rewrites it where enough of it was removed. */
function makeRoom(segment: usize, hash: u64): bool {
  const segmentDepth = load<u32>(segment);
  const splits = load<u32>(segment, LIVE) > FILLED_MAX - (FILLED_MAX >> 2);
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
    const entry = entryOf(segment, slot);
    if (!isUsable(entry)) continue;
    const there = load<u64>(bucketWith(segment, slot) + (<usize>(slot & 3) << 3));
    const into = splits && ((there >> (63 - segmentDepth)) & 1) == 1 ? high : low;
    place(into, there, valueOf(entry), <u32>keyOf(entry));
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
  freeKey(key);
  store<u32>(entry, REMOVED, KEY);
  store<u32>(segment, load<u32>(segment, LIVE) - 1, LIVE);
}

@inline
export function slotsOf(): u32 {
  return SLOTS;
}

/** The entry of slot 1 to 511. */
@inline
export function entryOf(segment: usize, slot: u32): usize {
  return entryAt(bucketWith(segment, slot), slot & 3);
}

@inline
function bucketWith(segment: usize, slot: u32): usize {
  return segment + (<usize>(slot >> 2) << 6);
}

@inline
export function isUsable(entry: usize): bool {
  return keyOf(entry) > REMOVED;
}

export function rawKeyCount(): u32 {
  return rawKeys;
}
