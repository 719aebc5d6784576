import type {
  Encoder,
  Exemplar,
  FamilyHead,
  HistogramReading,
  LabelBytes,
  SeriesFacts,
  SummaryReading,
} from "./encoder.ts";
import { LabelPairs } from "./label-pairs.ts";
import { bucketOf } from "./openmetrics.ts";
import { Page } from "./page.ts";
import { Message, varintLength, writeVarint } from "./message.ts";
import { writeExemplar, writeNative, writeTimestamp } from "./messages.ts";

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
/** Where the number of a counter or gauge without an exemplar stands in its body: behind a tag and a length of one byte. */
const PLAIN_VALUE_AT = 2;

/**
 * Delimited protobuf, `io.prometheus.client.MetricFamily` (proto2):
 *
 *     varint(bytes of the family)  name  help  type  metric*  unit
 *
 * A family's length stands before it, and a family may have a million series: a first pass measures, a second writes. What
 * a series takes depends on its labels and its type, not on its numbers. A series that goes in between is replaced by an
 * unknown field of the same length, which readers skip. Native histograms are as long as their samples make them, so they are
 * written beside in one pass, and put behind the length when all are.
 */
export class ProtobufEncoder implements Encoder {
  readonly #page: Page;
  readonly #pairs = new LabelPairs();
  /** The part of a Metric behind its labels. */
  readonly #body = new Message();
  /** The same of counters and gauges without exemplars: most series of a page began at the same time, so only the number is new. */
  readonly #plain = new Message();
  #plainMs = -1;
  readonly #part = new Message();
  readonly #inner = new Message();
  #head: FamilyHead | undefined;
  #isMeasuring = false;
  /** Of the series of the family, in the order of the passes. */
  #lengths = new Uint32Array(64);
  #count = 0;
  #at = 0;
  #total = 0;
  /** What the first pass saw, by number of the series: it must be the same in the second. */
  readonly #exemplars = new Map<number, Exemplar>();
  /** A family of native histograms. */
  #beside: Page | undefined;

  constructor(page: Page) {
    this.#page = page;
  }

  get passes(): 1 | 2 {
    return this.#beside === undefined ? 2 : 1;
  }

  family(head: FamilyHead): void {
    this.#head = head;
    this.#plainMs = -1;
    this.#isMeasuring = true;
    this.#count = 0;
    this.#at = 0;
    this.#total = 0;
    this.#exemplars.clear();
    this.#beside = undefined;
  }

  value(labels: LabelBytes, value: number, facts: SeriesFacts): void {
    const isCounter = this.#head?.type === "counter";
    const createdMs = isCounter ? facts.createdMs : NaN;
    const exemplar = isCounter ? this.#sameExemplar(facts) : undefined;
    if (exemplar !== undefined) return this.#metric(labels, this.#writeValue(this.#body, createdMs, value, exemplar));
    if (!Object.is(createdMs, this.#plainMs)) this.#writeValue(this.#plain, createdMs, value, undefined);
    this.#plainMs = createdMs;
    this.#plain.setDouble(PLAIN_VALUE_AT, value);
    this.#metric(labels, this.#plain);
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
    if (facts.createdMs > 0) writeTimestamp(part, 0x22, facts.createdMs);
    this.#metric(labels, this.#body.clear().message(0x22, part));
  }

  histogram(labels: LabelBytes, reading: HistogramReading, facts: SeriesFacts): void {
    if (reading.native !== undefined) this.#beside ??= new Page();
    this.#metric(labels, this.#writeHistogram(reading, facts));
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
    const head = this.#body.clear().text(NAME, name).text(HELP, help).tagged(TYPE, TYPES[type]);
    if (unit !== "") head.text(UNIT, unit);
    this.#page.varint(head.length + this.#total);
    head.copyInto(this.#page.open(head.length), this.#page.openAt);
    this.#page.close(head.length);
    if (this.#beside !== undefined) this.#page.append(this.#beside);
  }

  end(): void {}

  /** The body of a counter or gauge. */
  #writeValue(into: Message, createdMs: number, value: number, exemplar: Exemplar | undefined): Message {
    const part = this.#part.clear().double(0x09, value);
    if (exemplar !== undefined) part.message(0x12, writeExemplar(this.#inner.clear(), exemplar));
    if (createdMs > 0) writeTimestamp(part, 0x1a, createdMs);
    return into.clear().message(this.#head?.type === "counter" ? 0x1a : 0x12, part);
  }

  #writeHistogram({ bounds, counts, count, sum, native }: HistogramReading, facts: SeriesFacts): Message {
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
    if (facts.createdMs > 0) writeTimestamp(part, 0x7a, facts.createdMs);
    if (native !== undefined && exemplar !== undefined)
      part.message(0x8201, writeExemplar(this.#inner.clear(), exemplar));
    return this.#body.clear().message(0x3a, part);
  }

  #sameExemplar({ exemplar }: SeriesFacts): Exemplar | undefined {
    if (!this.#isMeasuring) return this.#exemplars.get(this.#at);
    if (exemplar !== undefined) this.#exemplars.set(this.#count, exemplar);
    return exemplar;
  }

  /** Measures or writes a Metric: the labels, then the body. */
  #metric(labels: LabelBytes, body: Message): void {
    const length = this.#pairs.length(labels) + body.length;
    if (this.#isMeasuring) {
      this.#measured(length);
      if (this.#beside !== undefined) this.#put(this.#beside, length, labels, body);
    } else if (this.#lengths[this.#at] === length) {
      this.#at += 1;
      this.#put(this.#page, length, labels, body);
    } else this.gone();
  }

  #put(page: Page, length: number, labels: LabelBytes, body: Message): void {
    const whole = 1 + varintLength(length) + length;
    const into = page.open(whole);
    into[page.openAt] = METRIC;
    const labelsAt = writeVarint(into, page.openAt + 1, length);
    body.copyInto(into, this.#pairs.write(into, labelsAt, labels));
    page.close(whole);
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
