import { HistogramLogWriter } from "hdr-histogram-js";
import type { Histogram } from "hdr-histogram-js";
import type { Interval } from "../output.ts";
import { record } from "./integers.ts";
import type { Buckets, Losses } from "./integers.ts";

/** What one series has gathered in one interval. */
export interface Taken {
  readonly tag: string;
  readonly buckets: Buckets;
}

/** The first lines of a file. */
export function headOf(startMs: number, factor: number): string {
  const lines: string[] = [];
  const writer = new HistogramLogWriter((text) => void lines.push(text));
  writer.outputLogFormatVersion();
  writer.outputComment(`[tallyd: recorded numbers are values times ${factor}; Interval_Max is a value as it was sent]`);
  const seconds = (startMs / 1_000).toFixed(3);
  writer.outputComment(`[StartTime: ${seconds} (seconds since epoch), ${new Date(startMs).toISOString()}]`);
  writer.outputLegend();
  return lines.join("");
}

/** The line of one series and interval, by way of `histogram`, which is overwritten. "" where nothing is left of it. */
export function lineOf(
  { tag, buckets }: Taken,
  { startSeconds, endSeconds }: Interval,
  factor: number,
  histogram: Histogram,
): { readonly line: string; readonly losses: Losses } {
  histogram.reset();
  const losses = record(buckets, factor, histogram);
  if (histogram.totalCount === 0) return { line: "", losses };
  let line = "";
  const writer = new HistogramLogWriter((text) => void (line += text));
  histogram.tag = tag;
  writer.outputIntervalHistogram(histogram, startSeconds, endSeconds, factor);
  return { line, losses };
}
