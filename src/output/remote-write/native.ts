import type { HistogramReading, NativeReading, NativeSide } from "../prometheus/format/encoder.ts";
import type { NativePoint } from "./proto/message.ts";

type Side = Pick<NativePoint, "positiveSpans" | "positiveDeltas">;

/** A native histogram as remote write wants it. Its count is that of its buckets, which receivers check. */
export function nativePoint(native: NativeReading, { sum }: Pick<HistogramReading, "sum">): NativePoint {
  const positive = sideOf(native.positive);
  const negative = sideOf(native.negative);
  const counts = [...native.positive.counts, ...native.negative.counts];
  return {
    count: counts.reduce((total, count) => total + count, native.zeroCount),
    sum,
    schema: native.schema,
    zeroThreshold: native.zeroThreshold,
    zeroCount: native.zeroCount,
    positiveSpans: positive.positiveSpans,
    positiveDeltas: positive.positiveDeltas,
    negativeSpans: negative.positiveSpans,
    negativeDeltas: negative.positiveDeltas,
  };
}

/**
 * Buckets as spans of neighbours. The first offset is the first bucket's index, a later one the gap to the span before;
 * deltas are against the bucket before, the first against 0.
 */
function sideOf({ indexes, counts }: NativeSide): Side {
  const spans: [offset: number, length: number][] = [];
  const deltas: number[] = [];
  let next = 0;
  let before = 0;
  for (const [at, index] of indexes.entries()) {
    const count = counts[at] as number;
    const last = spans.at(-1);
    if (last !== undefined && index === next) last[1] += 1;
    else spans.push([index - next, 1]);
    deltas.push(count - before);
    before = count;
    next = index + 1;
  }
  return { positiveSpans: spans, positiveDeltas: deltas };
}
