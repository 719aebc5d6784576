import { alloc, allocZeroed, free, isTight } from "./memory";
import { saturate } from "./mix";

/**
 * Where a histogram's values are. First as a raw list of (value, weight); from the 33rd entry on as pages of linear
 * sub-buckets, the layout of HdrHistogram over float64:
 *
 *   bits of |v|    0 eeeeeeeeeee mmmmmmm…          11 exponent bits, then the first 7 (or 10) mantissa bits
 *                    └───── bucket ─────┘          bucket = bits >> 45 (or 42): rises with |v|
 *                    └── page ──┘└─sub─┘           page = bucket >> 7, sub = bucket & 127
 *
 * So a bucket is 1/128 (1/1,024) of its power of two wide, and its middle is at most 0.4 % (0.05 %) off. A page holds
 * 128 float64 weights, 1 KiB, made when first touched. Negative values have pages of their own: the key of a page is
 * +(page + 1) or -(page + 1), so keys rise with the values. Zero has a bucket to itself.
 *
 *    0  u32  raw        list of (f64 value, f64 weight), 0 = none
 *    4  u32  rawCount
 *    8  u32  pages      list of (i32 key, u32 page), by rising key; 0 = none: the list is raw
 *   12  u32  pageCount
 *   16  f64  zero       weight of value 0 (in page form)
 *   24  f64  epoch      which age this belongs to (windows)
 */
export const DISTRIBUTION_BYTES: u32 = 32;
const RAW: usize = 0;
const RAW_COUNT: usize = 4;
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
  return load<u32>(at, RAW_COUNT);
}

@inline
export function rawList(at: usize): usize {
  return load<u32>(at, RAW);
}

export function distributionAdd(at: usize, value: f64, weight: f64, extraBits: u32): void {
  if (isPaged(at)) return addPaged(at, value, weight, extraBits);
  const n = rawCount(at);
  const raw = rawList(at);
  if (n != 0) {
    const last = raw + ((n - 1) << 4);
    if (load<f64>(last) == value) {
      store<f64>(last, saturate(load<f64>(last, 8) + weight), 8);
      return;
    }
  }
  if (n == RAW_MAX) {
    if (toPages(at, extraBits)) addPaged(at, value, weight, extraBits);
    return;
  }
  const into = (n & (n - 1)) == 0 && (n == 0 || n >= RAW_FIRST) ? growRaw(at, n) : raw;
  if (into == 0) return;
  store<f64>(into + (n << 4), value);
  store<f64>(into + (n << 4), weight, 8);
  store<u32>(at, n + 1, RAW_COUNT);
}

/** Capacity of the raw list is the power of two ≥ its count, and at least RAW_FIRST. */
@inline
function rawBytes(n: u32): u32 {
  return n <= RAW_FIRST ? RAW_FIRST << 4 : 1 << (36 - clz(n - 1));
}

function growRaw(at: usize, n: u32): usize {
  const more = alloc(rawBytes(n + 1));
  if (more == 0) return 0;
  if (n != 0) {
    memory.copy(more, rawList(at), n << 4);
    free(rawList(at), rawBytes(n));
  }
  store<u32>(at, <u32>more, RAW);
  return more;
}

function toPages(at: usize, extraBits: u32): bool {
  const pages = alloc(PAGES_FIRST << 3);
  if (pages == 0) return false;
  const raw = rawList(at);
  const n = rawCount(at);
  store<u32>(at, <u32>pages, PAGES);
  store<u32>(at, 0, PAGE_COUNT);
  store<f64>(at, 0, ZERO);
  for (let i: u32 = 0; i < n; i++) addPaged(at, load<f64>(raw + (i << 4)), load<f64>(raw + (i << 4), 8), extraBits);
  if (n != 0) free(raw, rawBytes(n));
  store<u64>(at, 0, RAW);
  return true;
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
  const n = load<u32>(at, PAGE_COUNT);
  const pages = <usize>load<u32>(at, PAGES);
  for (let i: u32 = 0; i < n; i++) free(load<u32>(pages + (i << 3), 4), PAGE_BYTES);
  if (pages != 0) free(pages, pageListBytes(n));
  if (rawList(at) != 0) free(rawList(at), rawBytes(rawCount(at)));
  v128.store(at, i64x2.splat(0));
  store<f64>(at, 0, ZERO);
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

/** Adds to the zero bucket and makes sure that the distribution is in page form. */
export function ensurePaged(at: usize, extraBits: u32): bool {
  return isPaged(at) || toPages(at, extraBits);
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

/** Adds all of `from` to `at`. */
export function distributionMerge(at: usize, from: usize, extraBits: u32): void {
  if (!isPaged(from)) {
    const n = rawCount(from);
    const raw = rawList(from);
    for (let i: u32 = 0; i < n; i++) distributionAdd(at, load<f64>(raw + (i << 4)), load<f64>(raw + (i << 4), 8), extraBits);
    return;
  }
  if (!ensurePaged(at, extraBits)) return;
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
