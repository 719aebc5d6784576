/** Answers whether a name, with its namespace, is wanted. */
export type Filter = (name: string) => boolean;

/**
 * Allow and deny lists. An entry is an exact name, or everything before a final `*` is a prefix (`prefix.*`). An empty
 * allow list allows everything; deny wins. As in the Agent, names are compared as they are after the namespace went on.
 */
export function createFilter(allow: readonly string[], deny: readonly string[]): Filter {
  const allowed = allow.length === 0 ? () => true : createMatcher(allow);
  const denied = createMatcher(deny);
  return (name) => allowed(name) && !denied(name);
}

function createMatcher(entries: readonly string[]): Filter {
  const exact = new Set(entries.filter((entry) => !entry.endsWith("*")));
  const prefixes = entries.filter((entry) => entry.endsWith("*")).map((entry) => entry.slice(0, -1));
  return (name) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}
