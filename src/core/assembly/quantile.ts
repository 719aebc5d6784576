import { distributionClear, distributionMerge, rawCount, rawList, settle, sortRaw, zeroWeight } from "./distribution";
import { ageAt, histogramMax, histogramMin } from "./histogram";
import { agesOf, extraBitsOf } from "./layout";
import { alloc, free } from "./memory";
import { bucketCount, bucketEdge, isPaged, writeBuckets } from "./pages";
import { ageMs } from "./settings";

/**
 * Reading a histogram: its entries in rising order, as (f64 low, f64 high, f64 weight), low = high for samples that
 * were kept as they came. Written once per `readEntries`, then walked as often as the caller likes.
 */
const ENTRY: u32 = 24;

/** The ages of a window, merged; a window is read as one distribution. */
const windowed = memory.data(32, 16);

let entries: usize = 0;
let entriesBytes: u32 = 0;
let entryCount: u32 = 0;
let entryWeight: f64 = 0;
let lowest: f64 = 0;
let highest: f64 = 0;

export function entriesOffset(): usize {
  return entries;
}

/** Answers how many entries there are now at `entriesOffset`. Valid until the next call. */
export function readEntries(where: usize): u32 {
  entryCount = 0;
  entryWeight = 0;
  lowest = histogramMin(where);
  highest = histogramMax(where);
  const layout = load<u32>(where, 12);
  const extraBits = extraBitsOf(layout);
  if (ageMs == 0) {
    const only = ageAt(where, 0);
    if (only != 0) readDistribution(only, extraBits);
    return entryCount;
  }
  const n = agesOf(layout);
  for (let i: u32 = 0; i < n; i++) {
    const age = ageAt(where, i);
    if (age != 0) distributionMerge(windowed, age, extraBits);
  }
  settle(windowed, extraBits);
  readDistribution(windowed, extraBits);
  distributionClear(windowed);
  return entryCount;
}

function reserve(count: u32): bool {
  const bytes = count * ENTRY;
  if (bytes <= entriesBytes) return true;
  if (entriesBytes != 0) free(entries, entriesBytes);
  entriesBytes = 0;
  entries = alloc(bytes);
  if (entries == 0) return false;
  entriesBytes = bytes;
  return true;
}

function push(low: f64, high: f64, weight: f64): void {
  const at = entries + entryCount * ENTRY;
  store<f64>(at, low);
  store<f64>(at, high, 8);
  store<f64>(at, weight, 16);
  entryCount++;
  entryWeight += weight;
}

function readDistribution(at: usize, extraBits: u32): void {
  if (!isPaged(at)) {
    sortRaw(at);
    const n = rawCount(at);
    if (!reserve(max<u32>(n, 1))) return;
    const raw = rawList(at);
    for (let i: u32 = 0; i < n; i++) {
      const value = load<f64>(raw + (i << 4));
      push(value, value, load<f64>(raw + (i << 4), 8));
    }
    return;
  }
  const n = bucketCount(at);
  const list = alloc(n * 12 + 16);
  if (list == 0) return;
  if (reserve(n + 1)) readPages(at, extraBits, list, n);
  free(list, n * 12 + 16);
}

/** `list` has room for n weights and n buckets. */
function readPages(at: usize, extraBits: u32, list: usize, n: u32): void {
  const buckets = list + (n << 3);
  writeBuckets(at, list, buckets);
  const zero = zeroWeight(at);
  let passedZero = zero == 0;
  for (let i: u32 = 0; i < n; i++) {
    const bucket = load<i32>(buckets + (i << 2));
    if (bucket > 0 && !passedZero) {
      push(0, 0, zero);
      passedZero = true;
    }
    const plain = <u64>(bucket < 0 ? -bucket : bucket) - 1;
    const inner = bucketEdge(plain, extraBits);
    const outer = bucketEdge(plain + 1, extraBits);
    if (bucket < 0) push(-outer, -inner, load<f64>(list + (i << 3)));
    else push(inner, outer, load<f64>(list + (i << 3)));
  }
  if (!passedZero) push(0, 0, zero);
}

/**
 * Nearest rank over the entries last read: the first value whose cumulative weight reaches q of the whole. A bucket
 * answers its middle, inside [min, max] of the histogram. NaN when there are no entries.
 */
export function quantile(q: f64): f64 {
  if (entryCount == 0) return NaN;
  // Sums of weights such as 1/0.3 carry rounding; the rank must not step over an entry because of it.
  const rank = q * entryWeight * (1 - 1e-12);
  let passed: f64 = 0;
  let at = entries;
  for (let i: u32 = 0; i < entryCount; i++, at += ENTRY) {
    passed += load<f64>(at, 16);
    if (passed >= rank) break;
  }
  if (at == entries + entryCount * ENTRY) at -= ENTRY;
  const middle = load<f64>(at) + (load<f64>(at, 8) - load<f64>(at)) / 2;
  return max(lowest, min(highest, middle));
}
