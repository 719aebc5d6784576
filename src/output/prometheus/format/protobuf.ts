import type {
  Encoder,
  Exemplar,
  FamilyHead,
  HistogramReading,
  LabelBytes,
  NativeReading,
  NativeSide,
  SeriesFacts,
  SummaryReading,
} from "./encoder.ts";
import { LabelScan } from "./label-scan.ts";
import { bucketOf } from "./openmetrics.ts";
import { Page } from "./page.ts";
import { Message, varintLength } from "./message.ts";

const TYPES = { counter: 0, gauge: 1, summary: 2, histogram: 4, info: 1 } as const;
/** Fields of MetricFamily, with their wire type: name, help, type, metric, unit; and one that no reader knows. */
const NAME = 0x0a;
const HELP = 0x12;
const TYPE = 0x18;
const METRIC = 0x22;
const UNIT = 0x2a;
const FILLER = 0x7a;
/** Counts are padded to the longest that there may be, so that a series is as long in the second pass as in the first. */
const COUNT_WIDTH = 9;
const COUNT_MAX = 2 ** 62;
const NANOS_PER_MS = 1e6;

/**
 * Delimited protobuf, `io.prometheus.client.MetricFamily` (proto2):
 *
 *     varint(bytes of the family)  name  help  type  metric*  unit
 *
 * A family's length stands before it, and a family may have a million series: a first pass measures, a second writes. What
 * a series takes depends on its labels and its type, not on its numbers. A series that goes in between is replaced by an
 * unknown field of the same length, which readers skip. Native histograms are as long as their samples make them, so what
 * the first pass wrote of them is kept for the second.
 */
export class ProtobufEncoder implements Encoder {
  readonly passes = 2;
  readonly #page: Page;
  readonly #scan = new LabelScan();
  /** The part of a Metric behind its labels. */
  readonly #body = new Message();
  readonly #part = new Message();
  readonly #inner = new Message();
  #head: FamilyHead | undefined;
  #isMeasuring = false;
  #lengths = new Uint32Array(64);
  #count = 0;
  #at = 0;
  #total = 0;
  /** What the first pass saw, by number of the series: it must be the same in the second. */
  readonly #exemplars = new Map<number, Exemplar>();
  readonly #kept = new Map<number, Uint8Array>();

  constructor(page: Page) {
    this.#page = page;
  }

  family(head: FamilyHead): void {
    this.#head = head;
    this.#isMeasuring = true;
    this.#count = 0;
    this.#at = 0;
    this.#total = 0;
    this.#exemplars.clear();
    this.#kept.clear();
  }

  value(labels: LabelBytes, value: number, facts: SeriesFacts): void {
    const isCounter = this.#head?.type === "counter";
    const part = this.#part.clear();
    part.double(0x09, value);
    if (isCounter) {
      const exemplar = this.#sameExemplar(facts);
      if (exemplar !== undefined) part.message(0x12, writeExemplar(this.#inner.clear(), exemplar));
      writeCreated(part, 0x1a, facts.createdMs);
    }
    this.#body.clear().message(isCounter ? 0x1a : 0x12, part);
    this.#metric(labels);
  }

  summary(labels: LabelBytes, { quantiles, values, count, sum }: SummaryReading, facts: SeriesFacts): void {
    const part = this.#part.clear();
    part.tagged(0x08, Math.min(count, COUNT_MAX), COUNT_WIDTH);
    part.double(0x11, sum);
    for (let index = 0; index < quantiles.length; index += 1) {
      part.tagged(0x1a, 18);
      part.double(0x09, quantiles[index] as number);
      part.double(0x11, values[index] as number);
    }
    writeCreated(part, 0x22, facts.createdMs);
    this.#body.clear().message(0x22, part);
    this.#metric(labels);
  }

  histogram(labels: LabelBytes, reading: HistogramReading, facts: SeriesFacts): void {
    const kept = this.#isMeasuring ? undefined : this.#kept.get(this.#at);
    if (kept !== undefined) this.#body.clear().raw(kept);
    else this.#writeHistogram(reading, facts);
    if (this.#isMeasuring && reading.native !== undefined) this.#kept.set(this.#count, this.#body.slice());
    this.#metric(labels);
  }

  gone(): void {
    const length = this.#lengths[this.#at++] as number;
    this.#page.byte(FILLER);
    this.#page.varint(length);
    for (let index = 0; index < length; index += 1) this.#page.byte(0);
  }

  passEnd(): void {
    if (!this.#isMeasuring || this.#head === undefined) return;
    this.#isMeasuring = false;
    const { name, help, type, unit } = this.#head;
    const head = this.#body.clear();
    head.text(NAME, name);
    head.text(HELP, help);
    head.tagged(TYPE, TYPES[type]);
    if (unit !== "") head.text(UNIT, unit);
    this.#page.varint(head.length + this.#total);
    head.copyTo(this.#page);
  }

  end(): void {}

  #writeHistogram({ bounds, counts, count, sum, native }: HistogramReading, facts: SeriesFacts): void {
    const part = this.#part.clear();
    const exemplar = this.#sameExemplar(facts);
    const place = exemplar === undefined ? -1 : bucketOf(bounds, exemplar.value);
    part.tagged(0x08, Math.min(count, COUNT_MAX), COUNT_WIDTH);
    part.double(0x11, sum);
    for (let index = 0; index <= bounds.length; index += 1) {
      // A bucket for +Inf only where an exemplar needs one: it may be left out otherwise.
      const isLast = index === bounds.length;
      if (isLast && place !== index) break;
      const bucket = this.#inner.clear();
      bucket.tagged(0x08, Math.min(isLast ? count : (counts[index] as number), COUNT_MAX), COUNT_WIDTH);
      bucket.double(0x11, isLast ? Infinity : (bounds[index] as number));
      if (index === place && exemplar !== undefined) bucket.message(0x1a, writeExemplar(new Message(), exemplar));
      part.message(0x1a, bucket);
    }
    if (native !== undefined) writeNative(part, native);
    writeCreated(part, 0x7a, facts.createdMs);
    if (native !== undefined && exemplar !== undefined)
      part.message(0x8201, writeExemplar(this.#inner.clear(), exemplar));
    this.#body.clear().message(0x3a, part);
  }

  #sameExemplar({ exemplar }: SeriesFacts): Exemplar | undefined {
    if (!this.#isMeasuring) return this.#exemplars.get(this.#at);
    if (exemplar !== undefined) this.#exemplars.set(this.#count, exemplar);
    return exemplar;
  }

  /** Measures or writes a Metric: the labels, then the body. */
  #metric(labels: LabelBytes): void {
    const scan = this.#scan;
    scan.scan(labels);
    let length = this.#body.length;
    for (let label = 0; label < scan.count; label += 1) {
      const pair = pairLength(scan, label);
      length += 1 + varintLength(pair) + pair;
    }
    if (this.#isMeasuring) return this.#measured(length);
    if (this.#lengths[this.#at] !== length) return this.gone();
    this.#at += 1;
    const page = this.#page;
    page.byte(METRIC);
    page.varint(length);
    for (let label = 0; label < scan.count; label += 1) {
      page.byte(0x0a);
      page.varint(pairLength(scan, label));
      for (let part = 0; part < 2; part += 1) {
        page.byte(part === 0 ? 0x0a : 0x12);
        page.varint(scan.length(label * 2 + part));
        scan.copy(label * 2 + part, page);
      }
    }
    this.#body.copyTo(page);
  }

  #measured(length: number): void {
    if (this.#count === this.#lengths.length) {
      const more = new Uint32Array(this.#count * 2);
      more.set(this.#lengths);
      this.#lengths = more;
    }
    this.#lengths[this.#count++] = length;
    this.#total += 1 + varintLength(length) + length;
  }
}

function pairLength(scan: LabelScan, label: number): number {
  const key = scan.length(label * 2);
  const value = scan.length(label * 2 + 1);
  return 2 + varintLength(key) + key + varintLength(value) + value;
}

function writeCreated(into: Message, tag: number, createdMs: number): void {
  if (createdMs > 0) writeTimestamp(into, tag, createdMs);
}

const timestamp = new Message();

function writeTimestamp(into: Message, tag: number, unixMs: number): void {
  const seconds = Math.floor(unixMs / 1000);
  timestamp.clear().tagged(0x08, seconds);
  const nanos = Math.round((unixMs - seconds * 1000) * NANOS_PER_MS);
  if (nanos > 0) timestamp.tagged(0x10, nanos);
  into.message(tag, timestamp);
}

function writeExemplar(into: Message, { labels, value, timeMs }: Exemplar): Message {
  for (const [key, text] of labels) into.message(0x0a, new Message().text(0x0a, key).text(0x12, text));
  into.double(0x11, value);
  writeTimestamp(into, 0x1a, timeMs);
  return into;
}

/** The zero threshold and a span are written even of an empty one: without them 2.42 takes it for a classic one. */
function writeNative(into: Message, { schema, zeroThreshold, zeroCount, positive, negative }: NativeReading): void {
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
