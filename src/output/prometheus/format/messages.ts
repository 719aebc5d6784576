import type { Exemplar, NativeReading, NativeSide } from "./encoder.ts";
import { Message } from "./message.ts";

const NANOS_PER_MS = 1e6;

const timestamp = new Message();

export function writeTimestamp(into: Message, tag: number, unixMs: number): void {
  const seconds = Math.floor(unixMs / 1000);
  timestamp.clear().tagged(0x08, seconds);
  const nanos = Math.round((unixMs - seconds * 1000) * NANOS_PER_MS);
  if (nanos > 0) timestamp.tagged(0x10, nanos);
  into.message(tag, timestamp);
}

export function writeExemplar(into: Message, { labels, value, timeMs }: Exemplar): Message {
  for (const [key, text] of labels) into.message(0x0a, new Message().text(0x0a, key).text(0x12, text));
  into.double(0x11, value);
  writeTimestamp(into, 0x1a, timeMs);
  return into;
}

/** The zero threshold and a span are written even of an empty one: without them 2.42 takes it for a classic one. */
export function writeNative(
  into: Message,
  { schema, zeroThreshold, zeroCount, positive, negative }: NativeReading,
): void {
  into.tagged(0x28, zigzag(schema));
  into.double(0x31, zeroThreshold);
  into.tagged(0x38, zeroCount);
  writeSide(into, 0x4a, 0x52, negative);
  writeSide(into, 0x62, 0x6a, positive);
  if (positive.indexes.length === 0 && negative.indexes.length === 0) into.message(0x62, new Message());
}

/** Spans of neighbouring buckets, each (gap to the one before, length), and differences of counts, packed. */
function writeSide(into: Message, spanTag: number, deltaTag: number, { indexes, counts }: NativeSide): void {
  if (indexes.length === 0) return;
  const span = new Message();
  let expected = 0;
  for (let first = 0; first < indexes.length;) {
    let end = first + 1;
    while (end < indexes.length && indexes[end] === (indexes[end - 1] as number) + 1) end += 1;
    const index = indexes[first] as number;
    span.clear().tagged(0x08, zigzag(index - expected));
    into.message(spanTag, span.tagged(0x10, end - first));
    expected = (indexes[end - 1] as number) + 1;
    first = end;
  }
  const deltas = new Message();
  let before = 0;
  for (const count of counts) {
    deltas.varint(zigzag(count - before));
    before = count;
  }
  into.message(deltaTag, deltas);
}

/** -1 → 1, 1 → 2: by multiplication, because counts go beyond 32 bits. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}
