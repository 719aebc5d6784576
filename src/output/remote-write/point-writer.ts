import type {
  Encoder,
  FamilyHead,
  HistogramReading,
  LabelBytes,
  SeriesFacts,
  SummaryReading,
} from "../prometheus/format/encoder.ts";
import { LabelReader } from "./labels.ts";
import type { Labels } from "./labels.ts";
import { nativePoint } from "./native.ts";
import type { Metadata, NativePoint, Point } from "./proto/message.ts";

/** Where points go: `hash` is the same for all points of one series of the page. */
export type TakePoint = (hash: number, labels: Labels, point: Point, metadata: Metadata, isHistogram: boolean) => void;

type Value = Point["value"];

/**
 * Remote write as one more format of the page: the same families and series, as points with a time. With `isStale` every
 * value is the marker that ends the series.
 */
export class PointWriter implements Encoder {
  readonly passes = 1;
  timeMs = 0;
  isStale = false;
  readonly #labels: LabelReader;
  readonly #take: TakePoint;
  #metadata: Metadata = { name: "", type: "gauge", help: "" };
  #series: LabelBytes = { bytes: new Uint8Array(0), from: 0, to: 0 };
  #hash = 0;
  #startMs = 0;

  constructor(own: readonly (readonly [key: string, value: string])[], take: TakePoint) {
    this.#labels = new LabelReader(own);
    this.#take = take;
  }

  family(head: FamilyHead): void {
    this.#metadata = { name: head.name, type: head.type, help: head.help };
  }

  value(labels: LabelBytes, value: number, facts: SeriesFacts): void {
    this.#begin(labels, facts);
    this.#put("", value);
  }

  histogram(labels: LabelBytes, reading: HistogramReading, facts: SeriesFacts): void {
    this.#begin(labels, facts);
    const { native, boundTexts, counts, count, sum } = reading;
    if (native !== undefined) {
      this.#put("", nativePoint(native, reading));
      return;
    }
    for (const [index, text] of boundTexts.entries()) this.#put("_bucket", counts[index] as number, "le", text);
    this.#put("_bucket", count, "le", "+Inf");
    this.#put("_sum", sum);
    this.#put("_count", count);
  }

  summary(labels: LabelBytes, { quantileTexts, values, count, sum }: SummaryReading, facts: SeriesFacts): void {
    this.#begin(labels, facts);
    for (const [index, text] of quantileTexts.entries()) this.#put("", values[index] as number, "quantile", text);
    this.#put("_sum", sum);
    this.#put("_count", count);
  }

  gone(): void {}

  passEnd(): void {}

  end(): void {}

  #begin(labels: LabelBytes, { createdMs }: SeriesFacts): void {
    this.#series = labels;
    this.#startMs = createdMs > 0 && this.#metadata.type !== "gauge" ? Math.trunc(createdMs) : 0;
    let hash = 0x811c9dc5;
    const name = this.#metadata.name;
    for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
    for (let at = labels.from; at < labels.to; at += 1)
      hash = Math.imul(hash ^ (labels.bytes[at] as number), 0x01000193);
    this.#hash = hash >>> 0;
  }

  #put(suffix: string, value: number | NativePoint, extraKey = "", extraValue = ""): void {
    this.#labels.read(this.#metadata.name + suffix, this.#series, extraKey, extraValue);
    const point: { value: Value; timeMs: number; startMs: number } = {
      value: this.isStale ? "stale" : value,
      timeMs: this.timeMs,
      startMs: this.#startMs,
    };
    this.#take(this.#hash, this.#labels, point, this.#metadata, typeof value === "object");
  }
}
