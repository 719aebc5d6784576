/**
 * Datadog's sketch: counts per logarithmic bin, compatible bit for bit with the Agent's.
 *
 *   γ = 1 + 2/128;  key(v) = round(ln v / ln γ) + 1338  for v > 0, mirrored for v < 0, 0 around zero.
 *
 * Because the key is rounded, bin k holds the values from γ^(k−1338−½) to γ^(k−1338+½), and γ^(k−1338) stands for
 * them with a relative error of at most √γ − 1 = 0.78 %. From a histogram of M linear sub-buckets per octave the
 * whole error is at most √(γ·(1 + 1/M)) − 1: 1.17 % at M = 128, 0.83 % at M = 1,024.
 */
const GAMMA_LN = Math.log1p(1 / 64);
const BIAS = 1338;
/** γ^(1 − 1338): what is nearer to zero is zero. */
const NORMAL_MIN = Math.exp(GAMMA_LN * (1 - BIAS));
/** One more means infinity. */
const KEY_MAX = 32_766;

/** Most bins; beyond, the lowest are merged, so that the upper percentiles stay right. */
export const BINS_MAX = 4096;
/** The Agent counts a bin in 16 bits and repeats a key for more; some receivers read no more than 16 bits. */
export const BIN_COUNT_MAX = 65_535;
/** Most entries after that: some 80 KB, for a thousand million samples, which nobody sends. Sample rates can claim more. */
const ENTRIES_MAX = 4 * BINS_MAX;

export interface Sketch {
  /** Whole number of samples, the sum of `counts`. */
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly average: number;
  readonly sum: number;
  /** Ascending; a key is repeated where its count does not fit one entry. */
  readonly keys: readonly number[];
  readonly counts: readonly number[];
}

/** What is known exactly beside the buckets. */
export interface Summary {
  readonly min: number;
  readonly max: number;
  readonly sum: number;
}

/** Calls `visit` with [low, high) and a weight per bucket, ascending; exact samples have low = high. */
export type Buckets = (visit: (low: number, high: number, weight: number) => void) => void;

/** The bin of a value; ±32,767 = infinite. */
export function sketchKey(value: number): number {
  if (value < 0) return -sketchKey(-value);
  if (value < NORMAL_MIN) return 0;
  const key = roundHalfEven(Math.log(value) / GAMMA_LN) + BIAS;
  return key > KEY_MAX ? KEY_MAX + 1 : Math.max(key, 1);
}

/** The value that stands for a bin. */
export function sketchValue(key: number): number {
  return key === 0 ? 0 : Math.sign(key) * Math.exp(GAMMA_LN * (Math.abs(key) - BIAS));
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The bin of a bucket: of its geometric middle, which halves the worst error; arithmetic where an edge is zero. */
function bucketKey(low: number, high: number): number {
  if (low === high) return sketchKey(low);
  if (low < 0 && high <= 0) return -bucketKey(-high, -low);
  return sketchKey(low <= 0 ? (low + high) / 2 : Math.sqrt(low) * Math.sqrt(high));
}

/**
 * Makes a sketch of weighted buckets. Fractional weights (sample rates) are rounded cumulatively, so that the counts
 * add up to the rounded whole. The lowest and highest bins are those of the exact minimum and maximum. `undefined`
 * when there is nothing to send: no samples, or numbers that a sketch cannot say (a sum beyond float64, a count beyond all
 * entries: written otherwise, a receiver would refuse it together with all sketches beside it).
 */
export function sketchOf(buckets: Buckets, summary: Summary): Sketch | undefined {
  const { min, max, sum } = summary;
  // The tally's sums stop at the largest number: such a sum is no longer true.
  if (!Number.isFinite(min) || !Number.isFinite(max) || !(Math.abs(sum) < Number.MAX_VALUE)) return undefined;
  const bins = roundedBins(buckets, finiteKey(min), finiteKey(max));
  if (bins.count === 0 || !Number.isSafeInteger(bins.count)) return undefined;
  pinEnds(bins, finiteKey(min), finiteKey(max));
  trimLow(bins);
  const split = splitCounts(bins);
  if (split === undefined) return undefined;
  const average = Math.min(Math.max(sum / bins.count, min), max);
  return { count: bins.count, min, max, average, sum, keys: split.keys, counts: split.counts };
}

function finiteKey(value: number): number {
  return Math.min(Math.max(sketchKey(value), -KEY_MAX), KEY_MAX);
}

interface Bins {
  count: number;
  keys: number[];
  counts: number[];
}

/** Buckets ascend and the key is monotonous, so that equal keys are neighbours and no sorting is needed. */
function roundedBins(buckets: Buckets, keyMin: number, keyMax: number): Bins {
  const bins: Bins = { count: 0, keys: [], counts: [] };
  let key = keyMin;
  let running = 0;
  const close = (): void => {
    const count = Math.round(running) - bins.count;
    if (count <= 0) return;
    bins.keys.push(key);
    bins.counts.push(count);
    bins.count += count;
  };
  buckets((low, high, weight) => {
    const next = Math.min(Math.max(bucketKey(low, high), key), keyMax);
    if (next !== key) close();
    key = next;
    running += weight;
  });
  close();
  return bins;
}

/** A bucket's middle may fall into the bin beside that of the extreme sample in it: that one sample is moved. */
function pinEnds(bins: Bins, keyMin: number, keyMax: number): void {
  const { keys, counts } = bins;
  if (keys[0] !== keyMin) {
    if (counts[0] === 1) keys[0] = keyMin;
    else {
      counts[0] = (counts[0] as number) - 1;
      keys.unshift(keyMin);
      counts.unshift(1);
    }
  }
  const last = keys.length - 1;
  if (keys[last] === keyMax || bins.count === 1) return;
  if (counts[last] === 1) keys[last] = keyMax;
  else {
    counts[last] = (counts[last] as number) - 1;
    keys.push(keyMax);
    counts.push(1);
  }
}

function trimLow(bins: Bins): void {
  const excess = bins.keys.length - BINS_MAX;
  if (excess <= 0) return;
  let merged = 0;
  for (let index = 0; index <= excess; index++) merged += bins.counts[index] as number;
  bins.keys.splice(0, excess);
  bins.counts.splice(0, excess);
  bins.counts[0] = merged;
}

/** Remainder first, then full entries: 70,000 is 4,465 and 65,535. `undefined` = more entries than a sketch may have. */
function splitCounts(bins: Bins): { keys: number[]; counts: number[] } | undefined {
  const entries = bins.counts.reduce((sum, count) => sum + Math.ceil(count / BIN_COUNT_MAX), 0);
  if (entries > ENTRIES_MAX) return undefined;
  const keys: number[] = [];
  const counts: number[] = [];
  bins.keys.forEach((key, index) => {
    let left = bins.counts[index] as number;
    for (let part = left % BIN_COUNT_MAX || BIN_COUNT_MAX; left > 0; part = BIN_COUNT_MAX) {
      keys.push(key);
      counts.push(part);
      left -= part;
    }
  });
  return { keys, counts };
}
