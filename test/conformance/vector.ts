import { readFileSync } from "node:fs";
import type { TallyOptions } from "../../src/core/tally.ts";
import type { NaiveSeries } from "../support/naive.ts";
import { addSample, emptySeries } from "../support/naive.ts";
import { seriesKey } from "../support/series-key.ts";

/** Non-UTF-8 text in a case is `{"hex": …}`. */
type Text = string | { readonly hex: string };

export interface VectorMetric {
  readonly name: Text;
  readonly type: string;
  readonly values?: readonly (number | string)[];
  readonly set_values?: readonly Text[];
  readonly rate: number | string;
  readonly tags: readonly Text[];
  /** Unix seconds, null = live. */
  readonly timestamp: number | null;
  /** Only where a `host:` tag was taken out; "" = explicitly none. */
  readonly host?: string;
}

/** One case: bytes in, and what the Datadog Agent with default options makes of them. */
export interface Vector {
  readonly id: string;
  readonly input?: string;
  readonly input_hex?: string;
  readonly expect: "accept" | "reject" | "partial";
  readonly metrics: readonly VectorMetric[];
  readonly events: readonly unknown[];
  readonly service_checks: readonly unknown[];
  readonly lines_rejected?: number;
  readonly agent_parse_ok_then_dropped?: number;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly transport?: string;
}

export const VECTORS: readonly Vector[] = readFileSync(new URL("dogstatsd.jsonl", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Vector);

/** The lines of a case that were refused, by the parser or later: tallyd refuses visibly what the Agent drops in silence. */
export function refusedOf(vector: Vector): number {
  return (vector.lines_rejected ?? 0) + (vector.agent_parse_ok_then_dropped ?? 0);
}

/** The cases with what differs on purpose put in. */
export function withDifferences(
  ...tables: readonly ReadonlyMap<string, { readonly instead: Partial<Vector> }>[]
): Vector[] {
  return VECTORS.map((vector) => Object.assign({}, vector, ...tables.map((table) => table.get(vector.id)?.instead)));
}

/** The case's datagram as latin1 text: one character is one byte. */
export function inputOf(vector: Vector): string {
  const bytes =
    vector.input_hex === undefined ? Buffer.from(vector.input ?? "", "utf8") : Buffer.from(vector.input_hex, "hex");
  return bytes.toString("latin1");
}

/** A text of a case as latin1. */
export function latin1(text: Text): string {
  return (typeof text === "string" ? Buffer.from(text, "utf8") : Buffer.from(text.hex, "hex")).toString("latin1");
}

/** The lines of a datagram that the core hands over by their first bytes: events and service checks. */
export function handedOver(input: string): string[] {
  return input
    .split("\n")
    .map((line) => line.replace(/\r$/, ""))
    .filter((line) => line.startsWith("_e{") || line.startsWith("_sc|"));
}

/** The series that the live metrics of a case make, by key, with the Agent's arithmetic (a sign is no step). */
export function expectedSeries(vector: Vector): Map<string, NaiveSeries> {
  const out = new Map<string, NaiveSeries>();
  for (const metric of vector.metrics.filter((candidate) => candidate.timestamp === null)) {
    const tags = [...new Set(metric.tags.map(latin1).filter((tag) => tag !== ""))].sort();
    const name = latin1(metric.name);
    const key = seriesKey(metric.type, name, tags);
    const series = out.get(key) ?? emptySeries(metric.type, name, tags);
    out.set(key, series);
    const texts = metric.set_values === undefined ? (metric.values ?? []).map(String) : metric.set_values.map(latin1);
    const rate = Number(metric.rate);
    for (const text of texts) addSample(series, text, rate > 0 && rate <= 1 ? rate : 1, "absolute");
  }
  return out;
}

/** The Agent's options of a case as the core's. */
export function coreOptions({ config = {} }: Vector): Partial<TallyOptions> {
  return {
    ...(config["dogstatsd_no_aggregation_pipeline"] === false ? { readsTimestamps: false } : {}),
    ...(config["dogstatsd_eol_required"] === undefined ? {} : { requiresEnd: true }),
  };
}
