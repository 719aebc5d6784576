import type { OutputStatus, ShardStatus, Status, TallyMemory } from "../model/status.ts";
import { TRANSPORT_COUNTER_HELP } from "../model/transport.ts";
import type { TransportCounter } from "../model/transport.ts";
import type { EventLoopReading } from "./event-loop.ts";

/** What the self-metrics are read from. */
export interface Reading {
  readonly status: Status;
  readonly eventLoop: EventLoopReading;
}

/** The values of a row's labels, in its order, and the number. */
export type RowSample = readonly [labels: readonly string[], value: number];

/** One self-metric. Everything that is said about it anywhere (page, METRICS.md) comes from here. */
export interface MetricRow {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly labels: readonly string[];
  readonly meaning: string;
  readonly read: (reading: Reading) => readonly RowSample[];
}

type Read = (status: Status) => number;

export function counter(name: string, meaning: string, read: Read): MetricRow {
  return { name, type: "counter", labels: [], meaning, read: ({ status }) => [[[], read(status)]] };
}

export function gauge(name: string, meaning: string, read: Read): MetricRow {
  return { name, type: "gauge", labels: [], meaning, read: ({ status }) => [[[], read(status)]] };
}

export function perShard(
  name: string,
  type: MetricRow["type"],
  meaning: string,
  read: (shard: ShardStatus) => number,
): MetricRow {
  return {
    name,
    type,
    labels: ["shard"],
    meaning,
    read: ({ status }) => status.shards.map((shard) => [[String(shard.id)], read(shard)]),
  };
}

export function perOutput(
  name: string,
  type: MetricRow["type"],
  meaning: string,
  read: (output: OutputStatus) => number,
): MetricRow {
  return {
    name,
    type,
    labels: ["output"],
    meaning,
    read: ({ status }) => status.outputs.map((output) => [[output.name], read(output)]),
  };
}

/** Holders of a tally: each shard, each output. */
export function holders(status: Status): [holder: string, memory: TallyMemory][] {
  return [
    ...status.shards.map((shard): [string, TallyMemory] => [`shard-${shard.id}`, shard.memory]),
    ...status.outputs.map((output): [string, TallyMemory] => [output.name, output.memory]),
  ];
}

export function perHolder(name: string, meaning: string, read: (memory: TallyMemory) => number): MetricRow {
  return {
    name,
    type: "gauge",
    labels: ["holder"],
    meaning,
    read: ({ status }) => holders(status).map(([holder, memory]) => [[holder], read(memory)]),
  };
}

/** One sample per name of a fixed list, 0 where nothing was counted yet, so that rates work from the first event on. */
export function byName(names: readonly string[], counts: Readonly<Record<string, number>>): RowSample[] {
  return names.map((name) => [[name], counts[name] ?? 0]);
}

/** One sample per output and name of what an output counts. */
export function byOutput(
  status: Status,
  counts: (output: OutputStatus) => Readonly<Record<string, number>>,
): RowSample[] {
  return status.outputs.flatMap((output) =>
    Object.entries(counts(output)).map(([name, count]): RowSample => [[output.name, name], count]),
  );
}

/** One sample per listener that counts at all. */
export function perListener(name: string, type: MetricRow["type"], counted: TransportCounter): MetricRow {
  return {
    name,
    type,
    labels: ["listener"],
    meaning: sentence(TRANSPORT_COUNTER_HELP[counted]),
    read: ({ status }) => status.listeners.map(({ url, counters }) => [[url], counters[counted]]),
  };
}

function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;
}
