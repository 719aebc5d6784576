import { readFileSync } from "node:fs";

/** A user's series of a case, as statsd_exporter shows it. */
export interface ExpectedSeries {
  readonly name: string;
  readonly type: "counter" | "gauge" | "summary" | "histogram";
  readonly labels: Readonly<Record<string, string>>;
  readonly value?: number;
  readonly count?: number;
  readonly sum?: number;
  readonly quantiles?: Readonly<Record<string, number>>;
  readonly buckets?: Readonly<Record<string, number>>;
}

/** One case: a mapping, flags, datagrams, and what the page then shows. */
export interface MappingVector {
  readonly id: string;
  readonly class: "spec" | "compat" | "quirk" | "hardening" | "legacy" | "head-only";
  readonly config: string | null;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly input: readonly string[];
  readonly input_b64?: readonly string[];
  readonly expect: readonly ExpectedSeries[];
  readonly expect_mode?: "contains";
  readonly expect_config_error: boolean;
  readonly alt_config_error?: boolean;
  readonly alt?: readonly ExpectedSeries[];
  readonly scrape_after_ms?: number;
  readonly max_ms?: number;
}

export const MAPPING_VECTORS: readonly MappingVector[] = readFileSync(new URL("mapping.jsonl", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as MappingVector);
