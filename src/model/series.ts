import type { Kind } from "./kind.ts";
import type { OnPrometheus } from "./treatment.ts";

/**
 * What a raw key means: canonical name, canonical tags, kind. Two raw keys whose series are equal feed one cell.
 * Immutable; crosses the thread boundary by structured clone, once for each shard but for reloads.
 */
export interface Series {
  /** Valid Unicode (bytes that were not UTF-8 have become U+FFFD), never empty; not yet sanitised for any output. */
  readonly name: string;
  /** `key:value` or a bare `key`, as sent; sorted by code unit, exact duplicates and empty tags removed. */
  readonly tags: readonly string[];
  readonly kind: Kind;
  /** From a `host:` tag, which is then not among `tags`; "" = explicitly no host; undefined = this server's. */
  readonly host: string | undefined;
  /** Index into the process's table of histogram layouts (`model/layout.ts`); 0 for kinds without one. */
  readonly layout: number;
  /** What a mapping says of the series on Prometheus; absent where there is no mapping. */
  readonly prometheus?: OnPrometheus | undefined;
  /** How often the rules had been read again when they said all this; absent = never. No part of what makes series equal. */
  readonly epoch?: number;
}

/**
 * A cell of a shard's tally and the series that it holds: sent before the cell's first delta, and once more where rules that were
 * read again give the cell its series back, which had another one by the rules before.
 */
export interface Definition {
  readonly cell: number;
  readonly series: Series;
}
