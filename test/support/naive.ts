import type { RejectReason } from "../../src/model/reject.ts";
import { canonicalTags, seriesKey } from "./series-key.ts";

/**
 * The protocol and the aggregation in the plainest TypeScript: strings, regular expressions and maps. It is what the
 * core is compared with, so it is written to be read, not to be fast. Text is latin1: one character is one byte.
 */
export interface NaiveSeries {
  readonly kind: string;
  readonly name: string;
  readonly tags: readonly string[];
  /** Counter: the sum of value / rate. Gauge: its present value. */
  value: number;
  /** Counter: the part of the sum that came from negative values. */
  negative: number;
  /** The sum of absolute values: what a rounding error is measured against. */
  magnitude: number;
  count: number;
  readonly members: Set<string>;
  readonly samples: { readonly value: number; readonly weight: number }[];
}

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const NOT_FINITE = /^(nan|[+-]?inf(inity)?)$/i;
const DOGSTATSD_FIELD = /^(#|c:|T|e:|card:)/;

/** A decimal number that a float64 can hold. */
function isDecimal(text: string): boolean {
  return NUMBER.test(text) && Number.isFinite(Number(text));
}

export function emptySeries(kind: string, name: string, tags: readonly string[]): NaiveSeries {
  return { kind, name, tags, value: 0, negative: 0, magnitude: 0, count: 0, members: new Set(), samples: [] };
}

/** Adds one sample, as sent, to a series. */
export function addSample(series: NaiveSeries, text: string, rate: number, signed: "absolute" | "step"): void {
  const value = Number(text);
  series.count++;
  series.magnitude += Math.abs(value);
  if (series.kind === "s") series.members.add(text);
  else if (series.kind === "g") series.value = signed === "step" && /^[+-]/.test(text) ? series.value + value : value;
  else if (series.kind === "c") {
    series.value += value / rate;
    if (value < 0) series.negative += value / rate;
  } else series.samples.push({ value, weight: 1 / rate });
}

export class Naive {
  readonly series = new Map<string, NaiveSeries>();
  readonly rejected = new Map<RejectReason, number>();
  readonly specials: { readonly type: number; readonly line: string }[] = [];
  lines = 0;
  accepted = 0;
  ratesClamped = 0;
  readonly gaugeSign: "auto" | "absolute" | "step";

  constructor(gaugeSign: "auto" | "absolute" | "step" = "auto") {
    this.gaugeSign = gaugeSign;
  }

  /** One datagram, latin1. */
  ingest(datagram: string): void {
    for (const piece of datagram.split("\n")) {
      const line = piece.endsWith("\r") ? piece.slice(0, -1) : piece;
      if (line === "") continue;
      this.lines++;
      const reason = this.#line(line);
      if (reason === undefined) this.accepted++;
      else this.rejected.set(reason, (this.rejected.get(reason) ?? 0) + 1);
    }
  }

  #line(line: string): RejectReason | undefined {
    if (line.startsWith("_e{")) return this.#special(0, line);
    if (line.startsWith("_sc|")) return this.#special(1, line);
    const [head = "", type, ...fields] = line.split("|");
    const colon = head.indexOf(":");
    if (colon < 0) return "no_colon";
    if (colon === 0) return "empty_name";
    if (type === undefined) return "no_type";
    if (!["c", "g", "s", "h", "ms", "d"].includes(type)) return "bad_type";
    for (const field of fields) {
      if (field.startsWith("@") && !isDecimal(field.slice(1))) return "bad_rate";
      if (field.startsWith("T") && !/^T\+?(?=0*[1-9])\d{1,18}$/.test(field)) return "bad_timestamp";
    }
    const rateText = fields.findLast((field) => field.startsWith("@"))?.slice(1) ?? "1";
    const tagText = fields.findLast((field) => field.startsWith("#"))?.slice(1) ?? "";
    const hasTime = fields.some((field) => field.startsWith("T"));
    const text = head.slice(colon + 1);
    const values = (type === "s" ? [text] : text.split(":")).filter((value) => value !== "");
    if (values.length === 0) return "empty_value";
    for (const value of type === "s" ? [] : values) {
      if (NOT_FINITE.test(value)) return "not_finite";
      if (!NUMBER.test(value)) return "bad_value";
      if (!isDecimal(value)) return "not_finite";
    }
    if (hasTime) return type === "c" || type === "g" ? this.#special(2, line) : "timestamp_kind";
    let rate = Number(rateText);
    if (!(rate > 0 && rate <= 1 && 1 / rate < Infinity)) {
      this.ratesClamped++;
      rate = 1;
    }
    const series = this.#find(type, head.slice(0, colon), canonicalTags(tagText));
    const signed = fields.some((field) => DOGSTATSD_FIELD.test(field)) ? "absolute" : "step";
    for (const value of values) addSample(series, value, rate, this.gaugeSign === "auto" ? signed : this.gaugeSign);
    return undefined;
  }

  #special(type: number, line: string): undefined {
    this.specials.push({ type, line });
  }

  #find(kind: string, name: string, tags: readonly string[]): NaiveSeries {
    const key = seriesKey(kind, name, tags);
    const series = this.series.get(key) ?? emptySeries(kind, name, tags);
    this.series.set(key, series);
    return series;
  }
}
