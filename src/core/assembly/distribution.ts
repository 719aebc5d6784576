import { alloc, allocZeroed, free, isTight } from "./memory";
import { saturate } from "./mix";

/**
 * Where a histogram's values are. First as a raw list of (value, weight); what does not fit into 32 entries goes to pages
 * of linear sub-buckets, the layout of HdrHistogram over float64:
 *
 *   bits of |v|    0 eeeeeeeeeee mmmmmmm…          11 exponent bits, then the first 7 (or 10) mantissa bits
 *                    └───── bucket ─────┘          bucket = bits >> 45 (or 42): rises with |v|
 *                    └── page ──┘└─sub─┘           page = bucket >> 7, sub = bucket & 127
 *
 * So a bucket is 1/128 (1/1,024) of its power of two wide, and its middle is at most 0.4 % (0.05 %) off. A page holds
 * 128 float64 weights, 1 KiB, made when first touched. Negative values have pages of their own: the key of a page is
 * +(page + 1) or -(page + 1), so keys rise with the values. Zero has a bucket to itself.
 *
 * Beside pages the list goes on as a buffer in front of them: a sample is appended to it, and a full list is spread over
 * the pages at once. A page is seldom in the cache; of 32 samples in a row the processor awaits many together.
 *
 *    0  u32  raw        list of (f64 value, f64 weight), 0 = none
 *    4  u16  rawCount   entries in it
 *    6  u16  rawRoom    entries that it has room for
 *    8  u32  pages      list of (i32 key, u32 page), by rising key; 0 = none: the list is all there is
 *   12  u32  pageCount
 *   16  f64  zero       weight of value 0 (in page form)
 *   24  f64  epoch      which age this belongs to (windows)
 */
export const DISTRIBUTION_BYTES: u32 = 32;
const RAW: usize = 0;
const RAW_COUNT: usize = 4;
const RAW_ROOM: usize = 6;
const PAGES: usize = 8;
const PAGE_COUNT: usize = 12;
const ZERO: usize = 16;

/** Most timers of a fleet see fewer samples a second; a first page alone costs twice as much as 32 raw entries. */
export const RAW_MAX: u32 = 32;
const RAW_FIRST: u32 = 4;
const PAGE_BYTES: u32 = 1024;
const PAGES_FIRST: u32 = 4;
/** All of float64 at 2 digits, 256 powers of two at 3: beyond, values go to the nearest page. 2 MiB, for hostile input. */
const PAGES_MAX: u32 = 2048;

@inline
export function isPaged(at: usize): bool {
  return load<u32>(at, PAGES) != 0;
}

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

/** Makes sure that there are pages; false when memory is short. */
export function ensurePaged(at: usize): bool {
  if (isPaged(at)) return true;
  const pages = alloc(PAGES_FIRST << 3);
  store<u32>(at, <u32>pages, PAGES);
  return pages != 0;
}

function addPaged(at: usize, value: f64, weight: f64, extraBits: u32): void {
  if (value == 0) {
    store<f64>(at, saturate(load<f64>(at, ZERO) + weight), ZERO);
    return;
  }
  addBucket(at, bucketOf(value, extraBits), weight);
}

/** +(bucket + 1) for positive values, -(bucket + 1) for negative ones. */
@inline
function bucketOf(value: f64, extraBits: u32): i32 {
  const bits = reinterpret<u64>(value) & 0x7fff_ffff_ffff_ffff;
  const bucket = <i32>(bits >> (45 - extraBits)) + 1;
  return value < 0 ? -bucket : bucket;
}

@inline
export function addBucket(at: usize, bucket: i32, weight: f64): void {
  const plain = <u32>((bucket < 0 ? -bucket : bucket) - 1);
  const key = bucket < 0 ? -(<i32>(plain >> 7) + 1) : <i32>(plain >> 7) + 1;
  const page = pageOf(at, key);
  if (page == 0) return;
  const slot = page + ((plain & 127) << 3);
  store<f64>(slot, saturate(load<f64>(slot) + weight));
}

/** The page of a key, made when missing; the nearest one when there may be no more; 0 when there is none at all. */
function pageOf(at: usize, key: i32): usize {
  const pages = <usize>load<u32>(at, PAGES);
  const n = load<u32>(at, PAGE_COUNT);
  let low: u32 = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high) >> 1;
    const there = load<i32>(pages + (middle << 3));
    if (there == key) return load<u32>(pages + (middle << 3), 4);
    if (there < key) low = middle + 1;
    else high = middle;
  }
  const made = n < PAGES_MAX && !isTight() ? insertPage(at, pages, n, low, key) : 0;
  if (made != 0 || n == 0) return made;
  return load<u32>(pages + (min(low, n - 1) << 3), 4);
}

function insertPage(at: usize, old: usize, n: u32, index: u32, key: i32): usize {
  let pages = old;
  if (n >= PAGES_FIRST && (n & (n - 1)) == 0) {
    pages = alloc(n << 4);
    if (pages == 0) return 0;
    memory.copy(pages, old, n << 3);
    free(old, n << 3);
    store<u32>(at, <u32>pages, PAGES);
  }
  const page = allocZeroed(PAGE_BYTES);
  if (page == 0) return 0;
  const row = pages + (index << 3);
  memory.copy(row + 8, row, (n - index) << 3);
  store<i32>(row, key);
  store<u32>(row, <u32>page, 4);
  store<u32>(at, n + 1, PAGE_COUNT);
  return page;
}

/** Frees everything; the distribution is empty afterwards. */
export function distributionClear(at: usize): void {
  freePages(at);
  freeRaw(at);
  v128.store(at, i64x2.splat(0));
  store<f64>(at, 0, ZERO);
}

/**
 * Leaves it empty, as `distributionClear`, for more of what it has just had: a list that was used by more than half is kept.
 */
export function distributionEmpty(at: usize): void {
  if (!isPaged(at) && rawCount(at) <= rawRoom(at) >> 1) freeRaw(at);
  freePages(at);
  store<u16>(at, 0, RAW_COUNT);
  store<u64>(at, 0, PAGES);
  store<f64>(at, 0, ZERO);
}

function freeRaw(at: usize): void {
  if (rawRoom(at) != 0) free(rawList(at), rawRoom(at) << 4);
  store<u64>(at, 0, RAW);
}

function freePages(at: usize): void {
  if (!isPaged(at)) return;
  const n = load<u32>(at, PAGE_COUNT);
  const pages = <usize>load<u32>(at, PAGES);
  for (let i: u32 = 0; i < n; i++) free(load<u32>(pages + (i << 3), 4), PAGE_BYTES);
  free(pages, pageListBytes(n));
}

@inline
function pageListBytes(n: u32): u32 {
  return n <= PAGES_FIRST ? PAGES_FIRST << 3 : 1 << (35 - clz(n - 1));
}

/** Buckets with weight, zero not among them. */
export function bucketCount(at: usize): u32 {
  const n = load<u32>(at, PAGE_COUNT);
  const pages = <usize>load<u32>(at, PAGES);
  let count: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const page = <usize>load<u32>(pages + (i << 3), 4);
    for (let sub: usize = 0; sub < 128; sub += 2) {
      const used = f64x2.ne(v128.load(page + (sub << 3)), f64x2.splat(0));
      count += popcnt(i64x2.bitmask(used));
    }
  }
  return count;
}

/** Writes the buckets with weight in rising order of value: `weights` f64, `buckets` i32. Answers how many. */
export function writeBuckets(at: usize, weights: usize, buckets: usize): u32 {
  const n = load<u32>(at, PAGE_COUNT);
  const pages = <usize>load<u32>(at, PAGES);
  let out: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const key = load<i32>(pages + (i << 3));
    const page = <usize>load<u32>(pages + (i << 3), 4);
    const plain = ((key < 0 ? -key : key) - 1) << 7;
    for (let step: i32 = 0; step < 128; step++) {
      const sub = key < 0 ? 127 - step : step;
      const weight = load<f64>(page + (<usize>sub << 3));
      if (weight == 0) continue;
      const bucket = plain + sub + 1;
      store<f64>(weights + (out << 3), weight);
      store<i32>(buckets + (out << 2), key < 0 ? -bucket : bucket);
      out++;
    }
  }
  return out;
}

@inline
export function zeroWeight(at: usize): f64 {
  return load<f64>(at, ZERO);
}

export function addZero(at: usize, weight: f64): void {
  store<f64>(at, load<f64>(at, ZERO) + weight, ZERO);
}

/** Lower edge of |bucket|, that is of values with the bucket's bits and nothing after them. */
@inline
export function bucketEdge(plain: u64, extraBits: u32): f64 {
  return reinterpret<f64>(plain << (45 - extraBits));
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
  const n = load<u32>(from, PAGE_COUNT);
  const pages = <usize>load<u32>(from, PAGES);
  for (let i: u32 = 0; i < n; i++) {
    const into = pageOf(at, load<i32>(pages + (i << 3)));
    if (into == 0) continue;
    const page = <usize>load<u32>(pages + (i << 3), 4);
    for (let sub: usize = 0; sub < PAGE_BYTES; sub += 16) {
      v128.store(into + sub, f64x2.add(v128.load(into + sub), v128.load(page + sub)));
    }
  }
}
