import { alloc, allocZeroed, free, isTight } from "./memory";
import { saturate } from "./mix";

/**
 * Pages of linear sub-buckets: the layout of HdrHistogram over float64.
 *
 *   bits of |v|    0 eeeeeeeeeee mmmmmmm…          11 exponent bits, then the first 7 (or 10) mantissa bits
 *                    └───── bucket ─────┘          bucket = bits >> 45 (or 42): rises with |v|
 *                    └── page ──┘└─sub─┘           page = bucket >> 7, sub = bucket & 127
 *
 * So a bucket is 1/128 (1/1,024) of its power of two wide, and its middle is at most 0.4 % (0.05 %) off. Negative values
 * have pages of their own: the key of a page is +(page + 1) or -(page + 1), so keys rise with the values.
 *
 * A page is made when first touched. It is narrow, 128 u16 in 256 bytes, as long as its weights are whole numbers up to
 * 65,535, which those of most series stay between two drains; then it becomes wide, 128 float64 in 1 KiB.
 *
 * `at` is a distribution (distribution.ts), of which this file owns two numbers:
 *
 *    8  u32  pages      list of (i32 key, u32 page, with WIDE where it is wide) by rising key; 0 = none
 *   12  u32  pageCount
 */
const PAGES: usize = 8;
const PAGE_COUNT: usize = 12;

const SUBS: u32 = 128;
const GROUPS: u32 = SUBS / 8;
const NARROW_BYTES: u32 = 256;
const NARROW_MAX: f64 = 65535;
const WIDE_BYTES: u32 = 1024;
/** Pages are aligned to 16 bytes, so the lowest bit of a pointer to one is free. */
const WIDE: u32 = 1;
const PAGES_FIRST: u32 = 4;
/** All of float64 at 2 digits, 256 powers of two at 3: beyond, values go to the nearest page. 2 MiB, for hostile input. */
const PAGES_MAX: u32 = 2048;

@inline
export function isPaged(at: usize): bool {
  return load<u32>(at, PAGES) != 0;
}

/** Makes sure that there is a list of pages; false when memory is short. */
export function ensurePaged(at: usize): bool {
  if (isPaged(at)) return true;
  const pages = alloc(PAGES_FIRST << 3);
  store<u32>(at, <u32>pages, PAGES);
  return pages != 0;
}

/** +(bucket + 1) for positive values, -(bucket + 1) for negative ones. */
@inline
export function bucketOf(value: f64, extraBits: u32): i32 {
  const bits = reinterpret<u64>(value) & 0x7fff_ffff_ffff_ffff;
  const bucket = <i32>(bits >> (45 - extraBits)) + 1;
  return value < 0 ? -bucket : bucket;
}

/** Lower edge of |bucket|, that is of values with the bucket's bits and nothing after them. */
@inline
export function bucketEdge(plain: u64, extraBits: u32): f64 {
  return reinterpret<f64>(plain << (45 - extraBits));
}

/** Where memory is short, the weight goes to the nearest page, or nowhere. */
@inline
export function addBucket(at: usize, bucket: i32, weight: f64): void {
  const plain = <u32>((bucket < 0 ? -bucket : bucket) - 1);
  const key = bucket < 0 ? -(<i32>(plain >> 7) + 1) : <i32>(plain >> 7) + 1;
  const row = rowOf(at, key);
  if (row != 0) addToPage(row, plain & (SUBS - 1), weight);
}

@inline
function addToPage(row: usize, sub: u32, weight: f64): void {
  const page = load<u32>(row, 4);
  if ((page & WIDE) == 0) {
    const slot = <usize>page + (sub << 1);
    const there = <u32>load<u16>(slot);
    if (weight == 1 && there != <u32>NARROW_MAX) return store<u16>(slot, <u16>(there + 1));
    const sum = <f64>there + weight;
    const whole = <u32>sum;
    if (sum <= NARROW_MAX && <f64>whole == sum) return store<u16>(slot, <u16>whole);
    if (!widen(row)) return;
  }
  const slot = <usize>(load<u32>(row, 4) & ~WIDE) + (sub << 3);
  store<f64>(slot, saturate(load<f64>(slot) + weight));
}

function widen(row: usize): bool {
  const narrow = <usize>load<u32>(row, 4);
  const wide = alloc(WIDE_BYTES);
  if (wide == 0) return false;
  for (let sub: usize = 0; sub < SUBS; sub++) store<f64>(wide + (sub << 3), <f64>load<u16>(narrow + (sub << 1)));
  free(narrow, NARROW_BYTES);
  store<u32>(row, <u32>wide | WIDE, 4);
  return true;
}

@inline
function weightAt(page: u32, sub: u32): f64 {
  if ((page & WIDE) == 0) return <f64>load<u16>(<usize>page + (sub << 1));
  return load<f64>(<usize>(page & ~WIDE) + (sub << 3));
}

/**
 * The list's row of a page, made when missing; the nearest one when there may be no more; 0 when there is none at all.
 * A histogram's values mostly fill neighbouring powers of two, so that the distance from the largest key is the place.
 */
@inline
function rowOf(at: usize, key: i32): usize {
  const pages = <usize>load<u32>(at, PAGES);
  const n = load<u32>(at, PAGE_COUNT);
  const last = pages + (n << 3) - 8;
  const below: u32 = n == 0 ? 0 : load<i32>(last) - key;
  return below < n && load<i32>(last - (below << 3)) == key ? last - (below << 3) : searchedRow(at, pages, n, key);
}

function searchedRow(at: usize, pages: usize, n: u32, key: i32): usize {
  let row = pages;
  for (let left = n; left > 1;) {
    const half = left >> 1;
    if (load<i32>(row + ((half - 1) << 3)) < key) row += half << 3;
    left -= half;
  }
  return n != 0 && load<i32>(row) == key ? row : missingRow(at, pages, n, row, key);
}

function missingRow(at: usize, pages: usize, n: u32, near: usize, key: i32): usize {
  const row = n != 0 && load<i32>(near) < key ? near + 8 : near;
  const made = n < PAGES_MAX && !isTight() ? insertPage(at, pages, n, (row - pages) >> 3, key) : 0;
  return made == 0 && n != 0 ? near : made;
}

function insertPage(at: usize, old: usize, n: u32, index: usize, key: i32): usize {
  const page = allocZeroed(NARROW_BYTES);
  if (page == 0) return 0;
  let pages = old;
  if (n >= PAGES_FIRST && (n & (n - 1)) == 0) {
    pages = alloc(n << 4);
    if (pages == 0) {
      free(page, NARROW_BYTES);
      return 0;
    }
    memory.copy(pages, old, n << 3);
    free(old, n << 3);
    store<u32>(at, <u32>pages, PAGES);
  }
  const row = pages + (index << 3);
  memory.copy(row + 8, row, (n - <u32>index) << 3);
  store<i32>(row, key);
  store<u32>(row, <u32>page, 4);
  store<u32>(at, n + 1, PAGE_COUNT);
  return row;
}

/** Frees all pages; there are none afterwards. */
export function freePages(at: usize): void {
  if (!isPaged(at)) return;
  const n = load<u32>(at, PAGE_COUNT);
  const pages = <usize>load<u32>(at, PAGES);
  for (let i: u32 = 0; i < n; i++) {
    const page = load<u32>(pages + (i << 3), 4);
    free(page & ~WIDE, (page & WIDE) == 0 ? NARROW_BYTES : WIDE_BYTES);
  }
  free(pages, n <= PAGES_FIRST ? PAGES_FIRST << 3 : 1 << (35 - clz(n - 1)));
  store<u64>(at, 0, PAGES);
}

/** Which of eight neighbours have weight: bit i for sub-bucket 8 × group + i. */
@inline
function used(page: u32, group: u32): u32 {
  if ((page & WIDE) == 0) return i16x8.bitmask(i16x8.ne(v128.load(<usize>page + (group << 4)), i16x8.splat(0)));
  const at = <usize>(page & ~WIDE) + (group << 6);
  return usedPair(at) | (usedPair(at + 16) << 2) | (usedPair(at + 32) << 4) | (usedPair(at + 48) << 6);
}

@inline
function usedPair(at: usize): u32 {
  return i64x2.bitmask(f64x2.ne(v128.load(at), f64x2.splat(0)));
}

/** Buckets with weight. */
export function bucketCount(at: usize): u32 {
  const n = load<u32>(at, PAGE_COUNT);
  const pages = <usize>load<u32>(at, PAGES);
  let count: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const page = load<u32>(pages + (i << 3), 4);
    for (let group: u32 = 0; group < GROUPS; group++) count += popcnt(used(page, group));
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
    const page = load<u32>(pages + (i << 3), 4);
    const isNegative = key < 0;
    const first = ((isNegative ? -key : key) - 1) << 7;
    for (let step: u32 = 0; step < GROUPS; step++) {
      const group = isNegative ? GROUPS - 1 - step : step;
      for (let left = used(page, group); left != 0;) {
        const bit = isNegative ? 31 - clz(left) : ctz(left);
        left ^= 1 << bit;
        const sub = (group << 3) + bit;
        const bucket = first + sub + 1;
        store<f64>(weights + (out << 3), weightAt(page, sub));
        store<i32>(buckets + (out << 2), isNegative ? -bucket : bucket);
        out++;
      }
    }
  }
  return out;
}

/** Adds the pages of `from` to those of `at`. */
export function mergePages(at: usize, from: usize): void {
  const n = load<u32>(from, PAGE_COUNT);
  const pages = <usize>load<u32>(from, PAGES);
  for (let i: u32 = 0; i < n; i++) {
    const page = load<u32>(pages + (i << 3), 4);
    const row = rowOf(at, load<i32>(pages + (i << 3)));
    if (row == 0) continue;
    if ((page & WIDE) == 0 && (load<u32>(row, 4) & WIDE) == 0) addNarrow(row, page);
    else for (let sub: u32 = 0; sub < SUBS; sub++) addToPage(row, sub, weightAt(page, sub));
  }
}

function addNarrow(row: usize, page: u32): void {
  const into = <usize>load<u32>(row, 4);
  for (let done: usize = 0; done < NARROW_BYTES; done += 16) {
    const sum = i16x8.add_sat_u(v128.load(into + done), v128.load(<usize>page + done));
    if (v128.any_true(i16x8.eq(sum, i16x8.splat(-1)))) {
      // Full, or more than full: from here on one by one.
      for (let sub = <u32>done >> 1; sub < SUBS; sub++) addToPage(row, sub, weightAt(page, sub));
      return;
    }
    v128.store(into + done, sum);
  }
}
