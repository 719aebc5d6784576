import type { LiveHistogram } from "../../model/live-series.ts";
import { createHistogram } from "./integers.ts";
import { headOf, lineOf } from "./lines.ts";
import { tagOf } from "./tag.ts";

/** An interval log with one line: what `histogram` holds of its window, which ends at `nowMs` (Unix milliseconds). */
export function logOfOne(histogram: LiveHistogram, factor: number, nowMs: number): string {
  const { name, labels, buckets, windowMs } = histogram;
  const tag = tagOf({ name, tags: labels.map(([key, value]) => `${key}:${value}`), host: undefined });
  const interval = { startSeconds: (nowMs - windowMs) / 1_000, endSeconds: nowMs / 1_000 };
  const { line } = lineOf({ tag, buckets: buckets.flat() }, interval, factor, createHistogram());
  return headOf(nowMs - windowMs, factor) + line;
}
