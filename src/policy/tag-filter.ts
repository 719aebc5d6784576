/** Which tags a metric keeps. */
export interface TagRule {
  /** Exact, with its namespace. */
  readonly metric: string;
  readonly action: "include" | "exclude";
  /** Keys: what stands before the first colon, or the whole of a tag without one. */
  readonly tags: readonly string[];
}

/** The tags that the metric `name` keeps. */
export type TagFilter = (name: string, tags: readonly string[]) => readonly string[];

/**
 * The Agent's tag filter list: `exclude` takes the listed keys out, `include` keeps nothing else. Several rules for one
 * metric add up when they have the same action; otherwise those that exclude count and the others do not.
 */
export function createTagFilter(rules: readonly TagRule[]): TagFilter {
  if (rules.length === 0) return (_name, tags) => tags;
  const byMetric = new Map<string, { action: TagRule["action"]; keys: Set<string> }>();
  for (const { metric, action, tags } of rules) {
    const known = byMetric.get(metric);
    if (known === undefined || (known.action === "include" && action === "exclude")) {
      byMetric.set(metric, { action, keys: new Set(tags) });
    } else if (known.action === action) {
      for (const tag of tags) known.keys.add(tag);
    }
  }
  return (name, tags) => {
    const rule = byMetric.get(name);
    if (rule === undefined) return tags;
    return tags.filter((tag) => rule.keys.has(keyOf(tag)) === (rule.action === "include"));
  };
}

function keyOf(tag: string): string {
  const colon = tag.indexOf(":");
  return colon < 0 ? tag : tag.slice(0, colon);
}
