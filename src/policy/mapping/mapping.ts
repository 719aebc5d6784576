import type { Kind } from "../../model/kind.ts";

/** What a mapping makes of a series, before anything else of policy has looked at it. */
export type Mapped =
  | {
      readonly type: "keep";
      readonly name: string;
      readonly tags: readonly string[];
      /** The rule that did it, for people; absent where none fitted. */
      readonly rule?: string;
    }
  | { readonly type: "drop" };

/**
 * Renames series by rules, for every output: the Agent's mapper profiles are the one kind. (statsd_exporter's rules say what a
 * series is called on Prometheus alone: `exporter/`.) Asked once per raw key, so the number of rules costs nothing per sample.
 */
export interface Mapping {
  /** Pure. `tags` are as sent; tags that a rule adds come after them. */
  map(name: string, tags: readonly string[], kind: Kind): Mapped;
}

/** The mapping without rules. */
export const IDENTITY: Mapping = {
  map: (name, tags) => ({ type: "keep", name, tags }),
};
