import { kindRow } from "../model/kind.ts";
import type { Kind } from "../model/kind.ts";
import type { Series } from "../model/series.ts";
import type { LimitReason } from "../model/reject.ts";
import { overflowSeries } from "./cardinality.ts";
import { createFilter } from "./filter.ts";
import { IDENTITY } from "./mapping/mapping.ts";
import type { Mapping } from "./mapping/mapping.ts";
import { canonicalTags, splitTags } from "./tags.ts";
import type { SplitTags } from "./tags.ts";

/** Everything that decides what a raw key becomes; plain data, crosses to the shard threads. */
export interface PolicyOptions {
  /** Tags added to every series, `key:value` or bare. */
  readonly globalTags: readonly string[];
  /** Prefix of every metric name, with its trailing dot; "" = none. */
  readonly namespace: string;
  /**
   * Names as `exact.name` or `prefix.*`; empty allow = everything. Deny wins over allow. Matched, as in the DogStatsD
   * Agent, against the name with its namespace.
   */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  /** Index into the layouts for histograms and distributions (unit as sent), and for timers (ms). */
  readonly layoutPlain: number;
  readonly layoutTimer: number;
}

export type Binding =
  | { readonly type: "series"; readonly series: Series }
  | { readonly type: "drop"; readonly reason: LimitReason };

export interface Policy {
  /** Pure. `tags` are as sent: any order, duplicates and empty ones included. */
  bind(name: string, tags: readonly string[], kind: Kind): Binding;
  /** The series that stands in for `series` once the limit is reached: same name and kind, `overflow:true`. */
  overflow(series: Series): Series;
  /** Canonical tags and host of an event or service check, which are neither mapped, prefixed nor filtered. */
  describe(tags: readonly string[]): SplitTags;
}

/**
 * The order is the DogStatsD Agent's: mapping, `host:` and internal tags taken out, namespace, filter on the prefixed
 * name, global tags. Global tags never replace a client's tag of the same key: both stay, as in the Agent.
 */
export function createPolicy(options: PolicyOptions, mapping: Mapping = IDENTITY): Policy {
  const wanted = createFilter(options.allow, options.deny);

  function describe(tags: readonly string[]): SplitTags {
    const split = splitTags(tags);
    return { tags: canonicalTags([...split.tags, ...options.globalTags]), host: split.host };
  }

  function layoutOf(kind: Kind): number {
    const row = kindRow(kind);
    if (row.cell !== "histogram") return 0;
    return row.unit === "ms" ? options.layoutTimer : options.layoutPlain;
  }

  return {
    describe,
    bind(name, tags, kind) {
      const mapped = mapping.map(name, tags, kind);
      if (mapped.type === "drop") return { type: "drop", reason: "filter" };
      const fullName = options.namespace + mapped.name;
      if (!wanted(fullName)) return { type: "drop", reason: "filter" };
      const described = describe(mapped.tags);
      return {
        type: "series",
        series: { name: fullName, tags: described.tags, kind, host: described.host, layout: layoutOf(kind) },
      };
    },
    overflow: (series) => overflowSeries(series, options.globalTags),
  };
}
