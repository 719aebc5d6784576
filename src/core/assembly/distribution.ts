import { alloc, free } from "./memory";
import { saturate } from "./mix";
import { addBucket, bucketOf, ensurePaged, freePages, isPaged, mergePages } from "./pages";

/**
 * Where a histogram's values are. First as a raw list of (value, weight), exactly; what does not fit into 32 entries goes
 * to pages of sub-buckets (pages.ts). Zero has a bucket to itself.
 *
 *    0  u32  raw        list of (f64 value, f64 weight), 0 = none
 *    4  u16  rawCount   entries in it
 *    6  u16  rawRoom    entries that it has room for
 *    8  u32  pages      0 = none: the list is all there is
 *   12  u32  pageCount
 *   16  f64  zero       weight of value 0, where there are pages
 *   24  f64  epoch      which age this belongs to (windows)
 *
 * Beside pages the list goes on as a buffer in front of them: a sample is appended to it, and a full list is spread over
 * the pages at once. A page is seldom in the cache; of 32 samples in a row the processor awaits many together.
 */
export const DISTRIBUTION_BYTES: u32 = 32;
const RAW: usize = 0;
const RAW_COUNT: usize = 4;
const RAW_ROOM: usize = 6;
const ZERO: usize = 16;

/** Most timers of a fleet see fewer samples a second: their quantiles are exact. */
export const RAW_MAX: u32 = 32;
const RAW_FIRST: u32 = 4;

@inline
export function rawCount(at: usize): u32 {
  return load<u16>(at, RAW_COUNT);
}

@inline
function rawRoom(at: usize): u32 {
  return load<u16>(at, RAW_ROOM);
}

@inline
export function rawList(at: usize): usize {
  return load<u32>(at, RAW);
}

/** Where the next entry goes, if there is room. */
@inline
export function listEnd(at: usize): usize {
  return rawList(at) + (rawCount(at) << 4);
}

@inline
export function distributionAdd(at: usize, value: f64, weight: f64, extraBits: u32): void {
  const n = rawCount(at);
  const raw = rawList(at);
  const last = raw + (n << 4) - 16;
  if (n != 0 && load<f64>(last) == value) store<f64>(last, saturate(load<f64>(last, 8) + weight), 8);
  else if (n < rawRoom(at)) append(at, raw, n, value, weight);
  else addToFull(at, value, weight, extraBits);
}

@inline
function append(at: usize, raw: usize, n: u32, value: f64, weight: f64): void {
  store<f64>(raw + (n << 4), value);
  store<f64>(raw + (n << 4), weight, 8);
  store<u16>(at, <u16>(n + 1), RAW_COUNT);
}

function addToFull(at: usize, value: f64, weight: f64, extraBits: u32): void {
  const room = rawRoom(at);
  if (room < RAW_MAX ? !growRaw(at, room) : !spread(at, extraBits)) return;
  append(at, rawList(at), rawCount(at), value, weight);
}

function growRaw(at: usize, room: u32): bool {
  const more = room == 0 ? RAW_FIRST : room << 1;
  const list = alloc(more << 4);
  if (list == 0) return false;
  if (room != 0) {
    memory.copy(list, rawList(at), room << 4);
    free(rawList(at), room << 4);
  }
  store<u32>(at, <u32>list, RAW);
  store<u16>(at, <u16>more, RAW_ROOM);
  return true;
}

/** Moves the list's entries to pages and leaves it empty; false when memory is short. */
function spread(at: usize, extraBits: u32): bool {
  if (!ensurePaged(at)) return false;
  const raw = rawList(at);
  const end = raw + (rawCount(at) << 4);
  for (let entry = raw; entry < end; entry += 16) addPaged(at, load<f64>(entry), load<f64>(entry, 8), extraBits);
  store<u16>(at, 0, RAW_COUNT);
  return true;
}

/** Before reading: everything is in pages where there are any. */
@inline
export function settle(at: usize, extraBits: u32): void {
  if (isPaged(at) && rawCount(at) != 0) spread(at, extraBits);
}

function addPaged(at: usize, value: f64, weight: f64, extraBits: u32): void {
  if (value == 0) {
    store<f64>(at, saturate(load<f64>(at, ZERO) + weight), ZERO);
    return;
  }
  addBucket(at, bucketOf(value, extraBits), weight);
}

/** Frees everything; the distribution is empty afterwards. */
export function distributionClear(at: usize): void {
  freePages(at);
  freeRaw(at);
  store<f64>(at, 0, ZERO);
}

/**
 * Leaves it empty, as `distributionClear`, for more of what it has just had: a list that was used by more than half is kept.
 */
export function distributionEmpty(at: usize): void {
  if (!isPaged(at) && rawCount(at) <= rawRoom(at) >> 1) freeRaw(at);
  freePages(at);
  store<u16>(at, 0, RAW_COUNT);
  store<f64>(at, 0, ZERO);
}

function freeRaw(at: usize): void {
  if (rawRoom(at) != 0) free(rawList(at), rawRoom(at) << 4);
  store<u64>(at, 0, RAW);
}

@inline
export function zeroWeight(at: usize): f64 {
  return load<f64>(at, ZERO);
}

export function addZero(at: usize, weight: f64): void {
  store<f64>(at, load<f64>(at, ZERO) + weight, ZERO);
}

/** Sorts the raw list by value, in place: at most 32 entries, so by insertion. */
export function sortRaw(at: usize): void {
  const raw = rawList(at);
  const n = rawCount(at);
  for (let i: u32 = 1; i < n; i++) {
    const entry = v128.load(raw + (i << 4));
    const value = f64x2.extract_lane(entry, 0);
    let j = i;
    while (j > 0 && load<f64>(raw + ((j - 1) << 4)) > value) {
      v128.store(raw + (j << 4), v128.load(raw + ((j - 1) << 4)));
      j--;
    }
    v128.store(raw + (j << 4), entry);
  }
}

/** Adds all of `from`, which is settled, to `at`. */
export function distributionMerge(at: usize, from: usize, extraBits: u32): void {
  if (!isPaged(from)) {
    const n = rawCount(from);
    const raw = rawList(from);
    for (let i: u32 = 0; i < n; i++) distributionAdd(at, load<f64>(raw + (i << 4)), load<f64>(raw + (i << 4), 8), extraBits);
    return;
  }
  if (!ensurePaged(at)) return;
  addZero(at, zeroWeight(from));
  mergePages(at, from);
}
