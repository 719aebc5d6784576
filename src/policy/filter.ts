/** Answers whether a name, with its namespace, is wanted. */
export type Filter = (name: string) => boolean;

/** Denies the names that start with `prefix`, but for those that are exactly, or start with, an exception. */
export interface PrefixRule {
  readonly prefix: string;
  readonly exceptPrefixes: readonly string[];
  readonly exceptNames: readonly string[];
}

export interface FilterOptions {
  /** An entry is an exact name, or everything before a final `*` is a prefix (`prefix.*`). An empty list allows all. */
  readonly allow: readonly string[];
  /** As above; deny wins over allow. */
  readonly deny: readonly string[];
  /** The exceptions of one rule do not reach into another, nor into `deny`. */
  readonly denyPrefixes: readonly PrefixRule[];
}

/** Allow and deny lists. As in the Agent, names are compared as they are after the namespace went on. */
export function createFilter({ allow, deny, denyPrefixes }: FilterOptions): Filter {
  const allowed = allow.length === 0 ? () => true : createMatcher(allow);
  const denied = [createMatcher(deny), ...denyPrefixes.map(createRule)];
  return (name) => allowed(name) && !denied.some((matches) => matches(name));
}

function createMatcher(entries: readonly string[]): Filter {
  const exact = new Set(entries.filter((entry) => !entry.endsWith("*")));
  const prefixes = entries.filter((entry) => entry.endsWith("*")).map((entry) => entry.slice(0, -1));
  return (name) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}

function createRule({ prefix, exceptPrefixes, exceptNames }: PrefixRule): Filter {
  const kept = new Set(exceptNames);
  return (name) =>
    name.startsWith(prefix) && !kept.has(name) && !exceptPrefixes.some((except) => name.startsWith(except));
}
