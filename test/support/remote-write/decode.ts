import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";
import { readSnappy } from "./snappy.ts";

const root = protobuf.loadSync(fileURLToPath(new URL("messages.proto", import.meta.url)));

export const STALE_BITS = 0x7ff0000000000002n;

export interface ReceivedPoint {
  /** `{__name__="hits_total",a="1"}`. */
  readonly series: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly timeMs: number;
  readonly startMs: number;
  readonly value: number | "stale" | Record<string, unknown>;
  readonly help: string;
  readonly type: number;
}

export interface ReceivedMessage {
  readonly points: readonly ReceivedPoint[];
  readonly metadata: readonly { readonly type: number; readonly name: string; readonly help: string }[];
}

interface Wire {
  timeseries: {
    labels?: { name: string; value: string }[];
    labelsRefs?: number[];
    samples: { value: string; timestamp: number; startTimestamp: number }[];
    histograms: Record<string, unknown>[];
    metadata?: { type: number; helpRef: number };
  }[];
  metadata?: { type: number; metricFamilyName: string; help: string }[];
  symbols?: string[];
}

/** Decodes a body by the rules of the specification; throws a sentence about the first that it breaks. */
export function decodeMessage(body: Uint8Array, version: "1.0" | "2.0"): ReceivedMessage {
  const type = root.lookupType(version === "1.0" ? "v1.WriteRequest" : "v1.Request2");
  const bytes = readSnappy(body);
  const decoded = type.decode(bytes);
  const again = type.encode(decoded).finish();
  // Zeros may be written or left out, so the lengths need not agree; unknown fields would make ours the longer one.
  const wire = type.toObject(decoded, { longs: String, defaults: true, arrays: true }) as unknown as Wire;
  if (again.length > bytes.length) throw new Error(`${bytes.length} bytes became ${again.length}`);
  const symbols = wire.symbols ?? [];
  if (version === "2.0" && symbols[0] !== "") throw new Error("the first symbol is not empty");
  if (new Set(symbols).size !== symbols.length) throw new Error("a symbol stands twice");
  return {
    points: wire.timeseries.map((series) => pointOf(series, symbols)),
    metadata: (wire.metadata ?? []).map(({ type: code, metricFamilyName, help }) => ({
      type: code,
      name: metricFamilyName,
      help,
    })),
  };
}

function pointOf(series: Wire["timeseries"][number], symbols: readonly string[]): ReceivedPoint {
  const labels = labelsOf(series, symbols);
  const { samples, histograms } = series;
  if (samples.length + histograms.length !== 1) throw new Error("a series without exactly one point");
  const [sample] = samples;
  const point = (sample ?? histograms[0]) as { timestamp: string | number; startTimestamp: string | number };
  return {
    series: `{${labels.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",")}}`,
    labels,
    timeMs: Number(point.timestamp),
    startMs: Number(point.startTimestamp),
    value: sample === undefined ? histogramOf(histograms[0] ?? {}) : valueOf(BigInt(sample.value)),
    type: series.metadata?.type ?? -1,
    help: symbols[series.metadata?.helpRef ?? 0] ?? "",
  };
}

function labelsOf(series: Wire["timeseries"][number], symbols: readonly string[]): (readonly [string, string])[] {
  const refs = series.labelsRefs ?? [];
  if (refs.length % 2 !== 0 || refs.some((ref) => ref >= symbols.length)) throw new Error("label references are wrong");
  const labels =
    series.labels?.map(({ name, value }) => [name, value] as const) ??
    Array.from(
      { length: refs.length / 2 },
      (_, at) => [symbols[refs[2 * at] ?? 0] ?? "", symbols[refs[2 * at + 1] ?? 0] ?? ""] as const,
    );
  for (const [index, [name, value]] of labels.entries()) {
    if (name === "" || value === "") throw new Error(`an empty label: ${name}="${value}"`);
    const before = labels[index - 1]?.[0];
    if (before !== undefined && Buffer.compare(Buffer.from(before), Buffer.from(name)) >= 0)
      throw new Error(`labels are not sorted: ${before}, ${name}`);
  }
  if (!labels.some(([name]) => name === "__name__")) throw new Error("a series without a name");
  return labels;
}

function valueOf(bits: bigint): number | "stale" {
  if (bits === STALE_BITS) return "stale";
  return new Float64Array(BigUint64Array.of(bits).buffer)[0] as number;
}

function histogramOf(wire: Record<string, unknown>): "stale" | Record<string, unknown> {
  const sum = valueOf(BigInt(wire["sum"] as string));
  return sum === "stale" ? sum : { ...wire, sum };
}
