import { build } from "hdr-histogram-js";
import type { Histogram } from "hdr-histogram-js";

/** Buckets as a tally gives them, one after the other: low edge, high edge, weight; an exact sample has two equal edges. */
export type Buckets = readonly number[];

/** What of a histogram could not be written down as it was; weights, that is samples before sampling. */
export interface Losses {
  /** HdrHistogram has no values below zero: they are left out. */
  negative: number;
  /** Values above 2^53 / factor are written as that. */
  clamped: number;
}

/** What HdrHistogram records: whole numbers, exact up to here. */
const INTEGER_MAX = Number.MAX_SAFE_INTEGER;

/** An empty histogram that takes anything: 3 significant digits (within 0.05 % of the middle of a bucket), 64-bit counts. */
export function createHistogram(): Histogram {
  return build({
    bitBucketSize: 64,
    autoResize: true,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 2,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });
}

/**
 * Records buckets into `histogram`: the middle of each, times `factor`, rounded. A weight of a sampled value may have a
 * fraction, which counts of HdrHistogram have not: what one bucket is rounded by is added to the next, so that the
 * total is off by half a sample at most.
 */
export function record(buckets: Buckets, factor: number, histogram: Histogram): Losses {
  const losses = { negative: 0, clamped: 0 };
  let carry = 0;
  for (let at = 0; at < buckets.length; at += 3) {
    const [low = 0, high = 0, weight = 0] = buckets.slice(at, at + 3);
    const value = Math.round((low + (high - low) / 2) * factor);
    if (value < 0) {
      losses.negative += weight;
      continue;
    }
    if (value > INTEGER_MAX) losses.clamped += weight;
    const count = Math.round(weight + carry);
    carry += weight - count;
    if (count > 0) histogram.recordValueWithCount(Math.min(value, INTEGER_MAX), count);
  }
  return losses;
}
