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

interface Pair {
  readonly kind: string;
  readonly values: readonly string[];
  readonly rate: number;
}

/** What comes after the name: pairs of values and type, mostly one, and the fields of the line. */
function readPairs(
  text: string,
): { readonly pairs: readonly Pair[]; readonly fields: readonly string[] } | RejectReason {
  const pairs: Pair[] = [];
  let rest = text;
  for (;;) {
    const bar = rest.indexOf("|");
    if (bar < 0) return "no_type";
    const kind = /^(?:c|g|s|h|ms|d)(?=[:|]|$)/.exec(rest.slice(bar + 1))?.[0];
    if (kind === undefined) return "bad_type";
    const after = rest.slice(bar + 1 + kind.length);
    const more = /^(?:\|@([^|:]*))?:/.exec(after);
    const fields = more === null ? after.split("|").slice(1) : [];
    const rate = more?.[1] ?? fields.findLast((field) => field.startsWith("@"))?.slice(1) ?? "1";
    if (more !== null && !isDecimal(rate)) return "bad_rate";
    const wrong =
      fields.map(fieldReason).find((reason) => reason !== undefined) ?? valuesReason(kind, rest.slice(0, bar));
    if (wrong !== undefined) return wrong;
    pairs.push({ kind, values: valuesOf(kind, rest.slice(0, bar)), rate: Number(rate) });
    if (more === null) return { pairs, fields };
    rest = after.slice(more[0].length);
  }
}

function fieldReason(field: string): RejectReason | undefined {
  if (field.startsWith("@") && !isDecimal(field.slice(1))) return "bad_rate";
  return field.startsWith("T") && !/^T\+?(?=\d{1,18}$)0*[1-9]\d{0,10}$/.test(field) ? "bad_timestamp" : undefined;
}

function valuesOf(kind: string, text: string): readonly string[] {
  return (kind === "s" ? [text] : text.split(":")).filter((value) => value !== "");
}

function valuesReason(kind: string, text: string): RejectReason | undefined {
  const values = valuesOf(kind, text);
  if (values.length === 0) return "empty_value";
  for (const value of kind === "s" ? [] : values) {
    if (NOT_FINITE.test(value)) return "not_finite";
    if (!NUMBER.test(value)) return "bad_value";
    if (!isDecimal(value)) return "not_finite";
  }
  return undefined;
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
    const head = line.split("|", 1)[0] ?? "";
    const colon = head.indexOf(":");
    if (colon < 0) return "no_colon";
    if (colon === 0) return "empty_name";
    const read = readPairs(line.slice(colon + 1));
    if (typeof read === "string") return read;
    const { pairs, fields } = read;
    const [first] = pairs as [Pair];
    if (fields.some((field) => field.startsWith("T"))) {
      if (pairs.length > 1 || (first.kind !== "c" && first.kind !== "g")) return "timestamp_kind";
      return this.#special(2, line);
    }
    const tags = canonicalTags(fields.findLast((field) => field.startsWith("#"))?.slice(1) ?? "");
    const signed = fields.some((field) => DOGSTATSD_FIELD.test(field)) ? "absolute" : "step";
    for (const { kind, values, rate } of pairs) {
      const series = this.#find(kind, head.slice(0, colon), tags);
      const usable = rate > 0 && rate <= 1 && 1 / rate < Infinity;
      if (!usable) this.ratesClamped++;
      for (const value of values)
        addSample(series, value, usable ? rate : 1, this.gaugeSign === "auto" ? signed : this.gaugeSign);
    }
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
