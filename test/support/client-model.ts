import protobuf from "protobufjs";

/** The public schema of Prometheus' protobuf exposition, `io.prometheus.client` of prometheus/client_model. */
const SCHEMA = `
syntax = "proto2";
package io.prometheus.client;
message Timestamp { optional int64 seconds = 1; optional int32 nanos = 2; }
message LabelPair { optional string name = 1; optional string value = 2; }
enum MetricType { COUNTER = 0; GAUGE = 1; SUMMARY = 2; UNTYPED = 3; HISTOGRAM = 4; GAUGE_HISTOGRAM = 5; }
message Gauge { optional double value = 1; }
message Counter { optional double value = 1; optional Exemplar exemplar = 2; optional Timestamp created_timestamp = 3; }
message Quantile { optional double quantile = 1; optional double value = 2; }
message Summary {
  optional uint64 sample_count = 1; optional double sample_sum = 2; repeated Quantile quantile = 3;
  optional Timestamp created_timestamp = 4;
}
message Untyped { optional double value = 1; }
message Histogram {
  optional uint64 sample_count = 1; optional double sample_count_float = 4; optional double sample_sum = 2;
  repeated Bucket bucket = 3; optional Timestamp created_timestamp = 15;
  optional sint32 schema = 5; optional double zero_threshold = 6; optional uint64 zero_count = 7;
  optional double zero_count_float = 8;
  repeated BucketSpan negative_span = 9; repeated sint64 negative_delta = 10; repeated double negative_count = 11;
  repeated BucketSpan positive_span = 12; repeated sint64 positive_delta = 13; repeated double positive_count = 14;
  repeated Exemplar exemplars = 16;
}
message Bucket {
  optional uint64 cumulative_count = 1; optional double cumulative_count_float = 4; optional double upper_bound = 2;
  optional Exemplar exemplar = 3;
}
message BucketSpan { optional sint32 offset = 1; optional uint32 length = 2; }
message Exemplar { repeated LabelPair label = 1; optional double value = 2; optional Timestamp timestamp = 3; }
message Metric {
  repeated LabelPair label = 1; optional Gauge gauge = 2; optional Counter counter = 3; optional Summary summary = 4;
  optional Untyped untyped = 5; optional Histogram histogram = 7; optional int64 timestamp_ms = 6;
}
message MetricFamily {
  optional string name = 1; optional string help = 2; optional MetricType type = 3; repeated Metric metric = 4;
  optional string unit = 5;
}
`;

export interface Pair {
  readonly name: string;
  readonly value: string;
}

export interface Stamp {
  readonly seconds: number;
  readonly nanos?: number;
}

export interface Span {
  readonly offset?: number;
  readonly length: number;
}

export interface ClientExemplar {
  readonly label: Pair[];
  readonly value: number;
  readonly timestamp: Stamp;
}

export interface ClientHistogram {
  readonly sampleCount: number;
  readonly sampleSum: number;
  readonly bucket?: { cumulativeCount: number; upperBound: number; exemplar?: ClientExemplar }[];
  readonly createdTimestamp?: Stamp;
  readonly schema?: number;
  readonly zeroThreshold?: number;
  readonly zeroCount?: number;
  readonly positiveSpan?: Span[];
  readonly positiveDelta?: number[];
  readonly negativeSpan?: Span[];
  readonly negativeDelta?: number[];
  readonly exemplars?: ClientExemplar[];
}

export interface ClientMetric {
  readonly label?: Pair[];
  readonly counter?: { value: number; exemplar?: ClientExemplar; createdTimestamp?: Stamp };
  readonly gauge?: { value: number };
  readonly summary?: {
    sampleCount: number;
    sampleSum: number;
    quantile?: { quantile: number; value: number }[];
    createdTimestamp?: Stamp;
  };
  readonly histogram?: ClientHistogram;
}

export interface ClientFamily {
  readonly name: string;
  readonly help: string;
  readonly type: "COUNTER" | "GAUGE" | "SUMMARY" | "HISTOGRAM";
  readonly metric: ClientMetric[];
  readonly unit?: string;
}

const FAMILY = protobuf.parse(SCHEMA).root.lookupType("io.prometheus.client.MetricFamily");

/** Decodes a delimited page; throws on anything that is not one. */
export function parseProtobuf(bytes: Uint8Array): ClientFamily[] {
  const families: ClientFamily[] = [];
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const family = FAMILY.decodeDelimited(reader);
    families.push(FAMILY.toObject(family, { longs: Number, enums: String }) as ClientFamily);
  }
  return families;
}

/** The buckets of one side of a native histogram: [index, count] by rising index. */
export function nativeBuckets(spans: readonly Span[] = [], deltas: readonly number[] = []): [number, number][] {
  const buckets: [number, number][] = [];
  let index = 0;
  let count = 0;
  let at = 0;
  for (const { offset = 0, length } of spans) {
    index += offset;
    for (let step = 0; step < length; step += 1) {
      count += deltas[at++] ?? NaN;
      buckets.push([index++, count]);
    }
  }
  if (at !== deltas.length) throw new Error(`${deltas.length} deltas for spans of ${at}`);
  return buckets;
}
