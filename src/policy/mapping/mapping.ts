/** What a mapping makes of a series, before anything else of policy has looked at it. */
export interface Mapped {
  readonly name: string;
  readonly tags: readonly string[];
  /** The rule that did it, for people; absent where none fitted. */
  readonly rule?: string;
}

/**
 * Renames series by rules, for every output: the Agent's mapper profiles are the one kind. (statsd_exporter's rules say what a
 * series is called on Prometheus alone: `exporter/`.) Asked once per raw key, so the number of rules costs nothing per sample.
 */
export interface Mapping {
  /** Pure. `tags` are as sent; tags that a rule adds come after them. Type and values play no part. */
  map(name: string, tags: readonly string[]): Mapped;
}

/** The mapping without rules. */
export const IDENTITY: Mapping = { map: (name, tags) => ({ name, tags }) };
