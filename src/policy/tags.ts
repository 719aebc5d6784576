/** Tags in the one order and form that makes two spellings of a series one series. */

const HOST = "host:";

/** Tags that the Agent takes out because they say where a line came from and not what it measures. */
const INTERNAL = ["dd.internal.entity_id:", "dd.internal.card:", "dd.internal.jmx_check_name:"];

export interface SplitTags {
  readonly tags: readonly string[];
  /** From the last `host:` tag; "" = explicitly no host; undefined = no such tag. */
  readonly host: string | undefined;
}

/** Takes `host:` and internal tags out of the list: case sensitive, the colon included, the last `host:` wins. */
export function splitTags(tags: readonly string[]): SplitTags {
  let host: string | undefined;
  const kept: string[] = [];
  for (const tag of tags) {
    if (tag.startsWith(HOST)) host = tag.slice(HOST.length);
    else if (!INTERNAL.some((prefix) => tag.startsWith(prefix))) kept.push(tag);
  }
  return { tags: kept, host };
}

/** Sorted by UTF-16 code unit, exact duplicates and empty tags removed. Idempotent, and blind to the order of `tags`. */
export function canonicalTags(tags: readonly string[]): readonly string[] {
  // The default order of `sort` is by code unit, whatever the machine's language is. Twice as fast as through a Set.
  const sorted = tags.filter((tag) => tag !== "").sort();
  return sorted.filter((tag, index) => tag !== sorted[index - 1]);
}
