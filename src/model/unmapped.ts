import type { Kind } from "./kind.ts";

/** A name for which a mapping has no rule. */
export interface UnmappedName {
  readonly name: string;
  readonly kind: Kind;
  /** How many series of it were bound so far, over all shards. */
  readonly series: number;
}

export interface UnmappedReport {
  /** Most series first. */
  readonly names: readonly UnmappedName[];
  /** Series of names that there was no room to remember. */
  readonly beyond: number;
}
