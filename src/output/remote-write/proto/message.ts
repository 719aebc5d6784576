import type { FamilyHead } from "../../prometheus/format/encoder.ts";
import type { Labels } from "../labels.ts";

/** The messages of remote write. 1.0 is `prometheus.WriteRequest`, 2.0 is `io.prometheus.write.v2.Request`. */
export type Version = "1.0" | "2.0";

/** Bytes of the NaN that means "this series ends here", little endian. JavaScript would make another NaN of it. */
export const STALE_NAN = Uint8Array.of(0x02, 0, 0, 0, 0, 0, 0xf0, 0x7f);

/** What is known of a series' family. */
export interface Metadata {
  /** The name of the TYPE line. */
  readonly name: string;
  readonly type: FamilyHead["type"];
  readonly help: string;
}

/** MetricMetadata.MetricType and Metadata.MetricType: the same numbers in both versions. */
export const TYPE_CODE: Readonly<Record<FamilyHead["type"], number>> = {
  counter: 1,
  gauge: 2,
  histogram: 3,
  summary: 5,
  info: 6,
};

/** A native histogram with whole counts: buckets are spans and the differences between neighbours. */
export interface NativePoint {
  readonly count: number;
  readonly sum: number;
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly negativeSpans: readonly (readonly [offset: number, length: number])[];
  readonly negativeDeltas: readonly number[];
  readonly positiveSpans: readonly (readonly [offset: number, length: number])[];
  readonly positiveDeltas: readonly number[];
}

/** One point of one series. Times are Unix milliseconds. */
export interface Point {
  readonly value: number | "stale" | NativePoint;
  readonly timeMs: number;
  /** When the series began; 0 = not known. Only 2.0 can say it. */
  readonly startMs: number;
}

/** Gathers points into one message. */
export interface MessageBuilder {
  readonly version: Version;
  /** Series so far, each with one point. */
  readonly points: number;
  /** Bytes so far, about. */
  readonly bytes: number;
  /** `isHistogram` tells what a stale marker ends: a native histogram has one of its own. */
  add(labels: Labels, point: Point, metadata: Metadata, isHistogram?: boolean): void;
  /** The message, for the caller to keep; the builder starts anew. */
  take(): Uint8Array;
}
