import type { Kind } from "../model/kind.ts";
import type { Series } from "../model/series.ts";
import type { LimitReason } from "../model/reject.ts";

/** Everything that decides what a raw key becomes; plain data, crosses to the shard threads. */
export interface PolicyOptions {
  /** Tags added to every series, `key:value` or bare. */
  readonly globalTags: readonly string[];
  /** Prefix of every metric name, with its trailing dot; "" = none. */
  readonly namespace: string;
  /** Names as `exact.name` or `prefix.*`; empty allow = everything. Deny wins over allow. Matched before the namespace. */
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
}
