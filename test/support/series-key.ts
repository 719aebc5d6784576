/**
 * The identity of a series in tests: the wire type, the name and the canonical tags, latin1. Unambiguous, because a name
 * cannot hold a pipe and a tag can hold neither a pipe nor a comma.
 */
export function seriesKey(wire: string, name: string, tags: readonly string[]): string {
  return `${wire}|${name}|${tags.join(",")}`;
}

/** Sorted, without exact repeats and without empty tags. */
export function canonicalTags(section: string): string[] {
  return [...new Set(section.split(",").filter((tag) => tag !== ""))].sort();
}
