import type { NativePoint } from "./message.ts";
import { STALE_NAN } from "./message.ts";
import { BYTES, FIXED64, VARINT, WireWriter } from "./wire.ts";

/**
 * Histogram of remote write, whose numbers are not those of the exposition format: count_int 1, sum 3, schema 4,
 * zero_threshold 5, zero_count_int 6, negative_spans 8, negative_deltas 9, positive_spans 11, positive_deltas 12,
 * reset_hint 14, timestamp 15, and start_timestamp 17 in 2.0.
 */
export function writeHistogram(into: WireWriter, point: NativePoint | "stale", timeMs: number, startMs: number): void {
  if (point === "stale") {
    into.tag(3, FIXED64);
    into.raw(STALE_NAN);
  } else {
    into.tag(1, VARINT);
    into.varint(point.count);
    into.tag(3, FIXED64);
    into.double(point.sum);
    into.tag(4, VARINT);
    into.sint(point.schema);
    into.tag(5, FIXED64);
    into.double(point.zeroThreshold);
    into.tag(6, VARINT);
    into.varint(point.zeroCount);
    writeBuckets(into, 8, point.negativeSpans, point.negativeDeltas);
    writeBuckets(into, 11, point.positiveSpans, point.positiveDeltas);
  }
  into.tag(15, VARINT);
  into.varint(timeMs);
  if (startMs > 0) {
    into.tag(17, VARINT);
    into.varint(startMs);
  }
}

const span = new WireWriter();
const deltas = new WireWriter();

/** Spans at `field`, their deltas, packed, at the next one. */
function writeBuckets(
  into: WireWriter,
  field: number,
  spans: NativePoint["positiveSpans"],
  values: readonly number[],
): void {
  for (const [offset, length] of spans) {
    span.clear();
    span.tag(1, VARINT);
    span.sint(offset);
    span.tag(2, VARINT);
    span.varint(length);
    into.field(field, span.bytes);
  }
  if (values.length === 0) return;
  deltas.clear();
  for (const value of values) deltas.sint(value);
  into.tag(field + 1, BYTES);
  into.varint(deltas.length);
  into.raw(deltas.bytes);
}
