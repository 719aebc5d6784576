import { HEADER, recordAt, touch } from "./cell";
import {
  DISTRIBUTION_BYTES,
  addZero,
  distributionAdd,
  distributionClear,
  distributionEmpty,
  listEnd,
  rawCount,
  rawList,
  settle,
  zeroWeight,
} from "./distribution";
import { ageMsOf, agesOf, boundIndex, extraBitsOf, thresholdsOf } from "./layout";
import { allocZeroed, free } from "./memory";
import { saturate } from "./mix";
import { addBucket, bucketCount, ensurePaged, isPaged, writeBuckets } from "./pages";
import { ageMs, boundedWhole, boundsSuffice, clock } from "./settings";

/**
 * histogram, timer, distribution: latency:12.5|ms|@0.3 weighs 1/0.3, whatever that is: weights are float64, nothing
 * loops. Count, sum, min and max are exact; where the values are is kept by distribution.ts.
 *
 *   24  f64  count     sum of weights
 *   32  f64  sum       sum of value × weight
 *   40  f64  min
 *   48  f64  max
 *   56  u32  bounds    exact weights per classic bound (not cumulative), 0 = none yet
 *   60  u32  ages      distributions, one per age bucket of the window; 0 = there is no more than the one below
 *   64  …              the distribution, or that of the first age: few series of a fleet are seen in more than one
 */
export const HISTOGRAM_BYTES: usize = HEADER + 40 + DISTRIBUTION_BYTES;
const COUNT: usize = 24;
const SUM: usize = 32;
const MIN: usize = 40;
const MAX: usize = 48;
const BOUNDS: usize = 56;
const AGES: usize = 60;
const ONLY: usize = 64;
/** In a distribution. */
const EPOCH: usize = 24;

export function histogramInit(where: usize): void {
  store<f64>(where, Infinity, MIN);
  store<f64>(where, -Infinity, MAX);
}

/** Brings what the next sample will be written to into the cache. */
@inline
export function touchSamples(cell: u32): void {
  if (ageMs == 0) load<u8>(listEnd(recordAt(cell, HISTOGRAM_BYTES) + ONLY));
}

export function histogramAdd(cell: u32, value: f64, weight: f64): void {
  const where = recordAt(cell, HISTOGRAM_BYTES);
  touch(where, cell, 1);
  store<f64>(where, saturate(load<f64>(where, COUNT) + weight), COUNT);
  store<f64>(where, saturate(load<f64>(where, SUM) + value * weight), SUM);
  if (value < load<f64>(where, MIN)) store<f64>(where, value, MIN);
  if (value > load<f64>(where, MAX)) store<f64>(where, value, MAX);
  const layout = load<u32>(where, 12);
  const bounds = thresholdsOf(layout);
  if (bounds != 0) {
    const index = boundIndex(layout, value);
    if (index < bounds) addBound(where, bounds, index, weight);
    if (boundsSuffice) return;
  }
  const into = currentAge(where, layout);
  if (into != 0) distributionAdd(into, value, weight, extraBitsOf(layout));
}

function addBound(where: usize, bounds: u32, index: u32, weight: f64): void {
  let at = <usize>load<u32>(where, BOUNDS);
  if (at == 0) {
    at = allocZeroed(bounds << 3);
    if (at == 0) return;
    store<u32>(where, <u32>at, BOUNDS);
  }
  at += index << 3;
  store<f64>(at, saturate(load<f64>(at) + weight));
}

/** Native histograms count since the cell was made: one distribution, which no window empties. */
@inline
function isWhole(where: usize): bool {
  return boundedWhole && thresholdsOf(load<u32>(where, 12)) != 0;
}

/** The distribution that takes samples now: that of the present age, emptied when it still holds a past one. */
@inline
function currentAge(where: usize, layout: u32): usize {
  return ageMs == 0 ? where + ONLY : windowedAge(where, layout);
}

function windowedAge(where: usize, layout: u32): usize {
  if (isWhole(where)) return where + ONLY;
  const epoch = Math.floor(clock / ageMsOf(layout));
  let at = where + ONLY;
  const isSecond = load<u32>(where, AGES) == 0 && epochOf(at) != epoch && epochOf(at) + <f64>agesOf(layout) > epoch;
  if (isSecond && !spreadAges(where, layout)) return 0;
  if (load<u32>(where, AGES) != 0) at = slotOf(where, epoch, layout);
  if (epochOf(at) != epoch) {
    distributionClear(at);
    store<f64>(at, epoch, EPOCH);
  }
  return at;
}

/** Gives each age a place of its own; false when memory is short. */
function spreadAges(where: usize, layout: u32): bool {
  const ages = allocZeroed(agesOf(layout) * DISTRIBUTION_BYTES);
  if (ages == 0) return false;
  store<u32>(where, <u32>ages, AGES);
  const first = where + ONLY;
  memory.copy(slotOf(where, epochOf(first), layout), first, DISTRIBUTION_BYTES);
  memory.fill(first, 0, DISTRIBUTION_BYTES);
  return true;
}

@inline
function slotOf(where: usize, epoch: f64, layout: u32): usize {
  return <usize>load<u32>(where, AGES) + <u32>(<u64>epoch % agesOf(layout)) * DISTRIBUTION_BYTES;
}

/** Which age a distribution belongs to; a distribution that was never used is of none that a window still has. */
@inline
function epochOf(at: usize): f64 {
  return load<f64>(at, EPOCH);
}

/** The distribution of age bucket `index`, ready to be read; 0 where it is empty or older than the window. */
export function ageAt(where: usize, index: u32): usize {
  const layout = load<u32>(where, 12);
  const at = ageMs == 0 ? where + ONLY : livingAge(where, index, layout);
  if (at != 0) settle(at, extraBitsOf(layout));
  return at;
}

function livingAge(where: usize, index: u32, layout: u32): usize {
  const ages = <usize>load<u32>(where, AGES);
  if (ages == 0 && index != 0) return 0;
  const at = ages == 0 ? where + ONLY : ages + index * DISTRIBUTION_BYTES;
  const isPast = epochOf(at) + <f64>agesOf(layout) <= Math.floor(clock / ageMsOf(layout));
  return isPast && !isWhole(where) ? 0 : at;
}

/** Bytes of the cell's row in a delta. Deltas come from tallies without a window. */
export function histogramRowBytes(where: usize): u32 {
  return rowBytesWith(where, ageAt(where, 0));
}

/** Bytes of the cell's row in a copy, which has no values where they are those of a window. */
export function histogramCopyBytes(where: usize): u32 {
  return rowBytesWith(where, ageMs == 0 ? ageAt(where, 0) : 0);
}

function rowBytesWith(where: usize, at: usize): u32 {
  const bounds = load<u32>(where, BOUNDS) == 0 ? 0 : thresholdsOf(load<u32>(where, 12)) << 3;
  if (at == 0) return 64 + bounds;
  if (!isPaged(at)) return 64 + bounds + (rawCount(at) << 4);
  const buckets = bucketCount(at);
  return 64 + bounds + (buckets << 3) + (((buckets + 1) & ~1) << 2);
}

/**
 * Row of a delta: u32 cell, u32 samples, f64 count, sum, min, max, zero, u32 raws, u32 buckets, u32 bounds, u32 paged;
 * then raws × (f64 value, f64 weight), buckets × f64 weight, bounds × f64 weight, buckets × i32 bucket.
 */
function writeRow(cell: u32, where: usize, at: usize, into: usize): void {
  store<u32>(into, cell);
  store<u32>(into, load<u32>(where), 4);
  memory.copy(into + 8, where + COUNT, 32);
  const paged = at != 0 && isPaged(at);
  const raws = at != 0 && !paged ? rawCount(at) : 0;
  const buckets = paged ? bucketCount(at) : 0;
  const bounds = load<u32>(where, BOUNDS) == 0 ? 0 : thresholdsOf(load<u32>(where, 12));
  store<f64>(into, paged ? zeroWeight(at) : 0, 40);
  store<u32>(into, raws, 48);
  store<u32>(into, buckets, 52);
  store<u32>(into, bounds, 56);
  store<u32>(into, paged ? 1 : 0, 60);
  const weights = into + 64 + (raws << 4);
  const boundsOut = weights + (buckets << 3);
  if (raws != 0) memory.copy(into + 64, rawList(at), raws << 4);
  if (buckets != 0) writeBuckets(at, weights, boundsOut + (bounds << 3));
  if (bounds != 0) memory.copy(boundsOut, load<u32>(where, BOUNDS), bounds << 3);
}

/** Leaves zero, and room for as much again. Only in a tally without a window. */
export function histogramDrain(cell: u32, where: usize, into: usize): void {
  writeRow(cell, where, ageAt(where, 0), into);
  clearSums(where);
  const bounds = <usize>load<u32>(where, BOUNDS);
  if (bounds != 0) memory.fill(bounds, 0, thresholdsOf(load<u32>(where, 12)) << 3);
  distributionEmpty(where + ONLY);
}

export function histogramCopy(cell: u32, where: usize, into: usize): void {
  writeRow(cell, where, ageMs == 0 ? ageAt(where, 0) : 0, into);
}

export function histogramMergedBytes(row: usize): u32 {
  const buckets = load<u32>(row, 52);
  return 64 + (load<u32>(row, 48) << 4) + (buckets << 3) + (load<u32>(row, 56) << 3) + (((buckets + 1) & ~1) << 2);
}

export function histogramMerge(cell: u32, row: usize): void {
  const where = recordAt(cell, HISTOGRAM_BYTES);
  touch(where, cell, load<u32>(row, 4));
  store<f64>(where, saturate(load<f64>(where, COUNT) + load<f64>(row, 8)), COUNT);
  store<f64>(where, saturate(load<f64>(where, SUM) + load<f64>(row, 16)), SUM);
  store<f64>(where, min(load<f64>(where, MIN), load<f64>(row, 24)), MIN);
  store<f64>(where, max(load<f64>(where, MAX), load<f64>(row, 32)), MAX);
  const layout = load<u32>(where, 12);
  const raws = load<u32>(row, 48);
  const buckets = load<u32>(row, 52);
  const bounds = load<u32>(row, 56);
  const weights = row + 64 + (raws << 4);
  const boundsAt = weights + (buckets << 3);
  const known = thresholdsOf(layout);
  for (let i: u32 = 0; i < min(bounds, known); i++) addBound(where, known, i, load<f64>(boundsAt + (i << 3)));
  if (boundsSuffice && known != 0) return;
  const into = currentAge(where, layout);
  if (into == 0) return;
  const extraBits = extraBitsOf(layout);
  for (let i: u32 = 0; i < raws; i++) {
    const entry = row + 64 + (i << 4);
    distributionAdd(into, load<f64>(entry), load<f64>(entry, 8), extraBits);
  }
  if (load<u32>(row, 60) == 0 || !ensurePaged(into)) return;
  addZero(into, load<f64>(row, 40));
  const list = boundsAt + (bounds << 3);
  for (let i: u32 = 0; i < buckets; i++) addBucket(into, load<i32>(list + (i << 2)), load<f64>(weights + (i << 3)));
}

export function histogramReset(where: usize): void {
  clearSums(where);
  const layout = load<u32>(where, 12);
  const bounds = <usize>load<u32>(where, BOUNDS);
  if (bounds != 0) free(bounds, thresholdsOf(layout) << 3);
  const at = <usize>load<u32>(where, AGES);
  if (at != 0) {
    const n = agesOf(layout);
    for (let i: u32 = 0; i < n; i++) distributionClear(at + i * DISTRIBUTION_BYTES);
    free(at, n * DISTRIBUTION_BYTES);
  }
  store<u64>(where, 0, BOUNDS);
  distributionClear(where + ONLY);
  store<f64>(where + ONLY, 0, EPOCH);
}

function clearSums(where: usize): void {
  store<u32>(where, 0);
  store<f64>(where, 0, COUNT);
  store<f64>(where, 0, SUM);
  histogramInit(where);
}

/** Writes the cumulative weights per bound; `n` = how many `into` has room for. */
export function histogramBounds(where: usize, into: usize, n: u32): void {
  const at = <usize>load<u32>(where, BOUNDS);
  let sum: f64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    if (at != 0) sum += load<f64>(at + (i << 3));
    store<f64>(into + (i << 3), sum);
  }
}

export function histogramCount(where: usize): f64 {
  return load<f64>(where, COUNT);
}

export function histogramSum(where: usize): f64 {
  return load<f64>(where, SUM);
}

export function histogramMin(where: usize): f64 {
  return load<f64>(where, MIN);
}

export function histogramMax(where: usize): f64 {
  return load<f64>(where, MAX);
}
