/** Tags in the one order and form that makes two spellings of a series one series. */

const HOST = "host:";
const ENTITY = "dd.internal.entity_id:";
const CARDINALITY = "dd.internal.card:";
const CHECK = "dd.internal.jmx_check_name:";

export interface SplitTags {
  readonly tags: readonly string[];
  /** From the last `host:` tag; "" = explicitly no host; undefined = no such tag. */
  readonly host: string | undefined;
  /** From the last `dd.internal.entity_id:` tag, and `dd.internal.card:`; "" = no such tag. */
  readonly entityId: string;
  readonly cardinality: string;
}

/**
 * Takes out of the list `host:` and the tags that say where a line came from and not what it measures: case sensitive,
 * the colon included, the last one wins. `hasCardinality`: the line has a `card:` field; then a cardinality among the
 * tags is a tag like others, as in the Agent.
 */
export function splitTags(tags: readonly string[], hasCardinality = false): SplitTags {
  let host: string | undefined;
  let entityId = "";
  let cardinality = "";
  const kept: string[] = [];
  for (const tag of tags) {
    if (tag.startsWith(HOST)) host = tag.slice(HOST.length);
    else if (tag.startsWith(ENTITY)) entityId = tag.slice(ENTITY.length);
    else if (tag.startsWith(CARDINALITY) && !hasCardinality) cardinality = tag.slice(CARDINALITY.length);
    else if (!tag.startsWith(CHECK)) kept.push(tag);
  }
  return { tags: kept, host, entityId, cardinality };
}

/** Sorted by UTF-16 code unit, exact duplicates and empty tags removed. Idempotent, and blind to the order of `tags`. */
export function canonicalTags(tags: readonly string[]): readonly string[] {
  // The default order of `sort` is by code unit, whatever the machine's language is. Twice as fast as through a Set.
  const sorted = tags.filter((tag) => tag !== "").sort();
  return sorted.filter((tag, index) => tag !== sorted[index - 1]);
}
