import type { Labels } from "../labels.ts";
import { writeHistogram } from "./histogram.ts";
import { writeSample } from "./message-1.ts";
import { TYPE_CODE } from "./message.ts";
import type { MessageBuilder, Metadata, Point } from "./message.ts";
import { VARINT, WireWriter } from "./wire.ts";

/**
 * io.prometheus.write.v2.Request: symbols 4, the first of which is "", and timeseries 5. A TimeSeries has label_refs 1
 * (packed pairs of places in the symbols), samples 2 or histograms 3, metadata 5 (type 1, help_ref 3).
 */
export class MessageBuilder2 implements MessageBuilder {
  readonly version = "2.0";
  points = 0;
  readonly #symbols = new Map<string, number>([["", 0]]);
  readonly #table = new WireWriter();
  readonly #out = new WireWriter();
  readonly #series = new WireWriter();
  readonly #part = new WireWriter();

  constructor() {
    this.#table.text(4, "");
  }

  get bytes(): number {
    return this.#table.length + this.#out.length;
  }

  add(labels: Labels, { value, timeMs, startMs }: Point, { type, help }: Metadata, isHistogram = false): void {
    const series = this.#series;
    const part = this.#part;
    series.clear();
    part.clear();
    const { bytes, places } = labels;
    for (let at = 0; at < places.length; at += 2) {
      part.varint(this.#symbol(bytes.toString("utf8", places[at], places[at + 1])));
    }
    series.field(1, part.bytes);
    part.clear();
    if (typeof value === "object" || (value === "stale" && isHistogram)) {
      writeHistogram(part, value, timeMs, startMs);
      series.field(3, part.bytes);
    } else {
      writeSample(part, value, timeMs, startMs);
      series.field(2, part.bytes);
    }
    part.clear();
    part.tag(1, VARINT);
    part.varint(TYPE_CODE[type]);
    part.tag(3, VARINT);
    part.varint(this.#symbol(help));
    series.field(5, part.bytes);
    this.#out.field(5, series.bytes);
    this.points += 1;
  }

  take(): Uint8Array {
    this.#table.raw(this.#out.bytes);
    const message = this.#table.bytes.slice();
    this.#symbols.clear();
    this.#symbols.set("", 0);
    this.#table.clear();
    this.#table.text(4, "");
    this.#out.clear();
    this.points = 0;
    return message;
  }

  #symbol(text: string): number {
    const known = this.#symbols.get(text);
    if (known !== undefined) return known;
    const place = this.#symbols.size;
    this.#symbols.set(text, place);
    this.#table.text(4, text);
    return place;
  }
}
