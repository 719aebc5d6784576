import type { Labels } from "../labels.ts";
import { writeHistogram } from "./histogram.ts";
import { STALE_NAN, TYPE_CODE } from "./message.ts";
import type { MessageBuilder, Metadata, Point } from "./message.ts";
import { FIXED64, VARINT, WireWriter } from "./wire.ts";

/**
 * prometheus.WriteRequest: timeseries 1, metadata 3. A TimeSeries has labels 1 (name 1, value 2), samples 2 (value 1,
 * timestamp 2) and histograms 4.
 */
export class MessageBuilder1 implements MessageBuilder {
  readonly version = "1.0";
  points = 0;
  readonly #out = new WireWriter();
  readonly #series = new WireWriter();
  readonly #part = new WireWriter();

  get bytes(): number {
    return this.#out.length;
  }

  add(labels: Labels, { value, timeMs }: Point, _metadata: Metadata, isHistogram = false): void {
    const series = this.#series;
    const part = this.#part;
    series.clear();
    const { bytes, places } = labels;
    for (let at = 0; at < places.length; at += 4) {
      const keyTo = places[at + 1] as number;
      const valueFrom = places[at + 2] as number;
      series.pair(1, bytes, places[at] as number, keyTo, valueFrom, places[at + 3] as number);
    }
    part.clear();
    if (typeof value === "object" || (value === "stale" && isHistogram)) {
      writeHistogram(part, value, timeMs, 0);
      series.field(4, part.bytes);
    } else {
      writeSample(part, value, timeMs, 0);
      series.field(2, part.bytes);
    }
    this.#out.field(1, series.bytes);
    this.points += 1;
  }

  take(): Uint8Array {
    const message = this.#out.bytes.slice();
    this.#out.clear();
    this.points = 0;
    return message;
  }
}

/** Sample: value 1, timestamp 2, and start_timestamp 3 in 2.0. */
export function writeSample(into: WireWriter, value: number | "stale", timeMs: number, startMs: number): void {
  into.tag(1, FIXED64);
  if (value === "stale") into.raw(STALE_NAN);
  else into.double(value);
  into.tag(2, VARINT);
  into.varint(timeMs);
  if (startMs === 0) return;
  into.tag(3, VARINT);
  into.varint(startMs);
}

/** A request of metadata alone: type 1, metric_family_name 2, help 4. */
export function metadataMessage(families: Iterable<Metadata>): Uint8Array {
  const out = new WireWriter();
  const part = new WireWriter();
  for (const { name, type, help } of families) {
    part.clear();
    part.tag(1, VARINT);
    part.varint(TYPE_CODE[type]);
    part.text(2, name);
    part.text(4, help);
    out.field(3, part.bytes);
  }
  return out.bytes.slice();
}
