/** Gives a name its prefix. */
export type Namespace = (name: string) => string;

/**
 * Puts `prefix` (with its dot, "" = none) before every name that does not start with one of `exempt`. As in the Agent
 * the comparison knows no dots: `kafka` exempts `kafkaesque.lag`, too.
 */
export function createNamespace(prefix: string, exempt: readonly string[]): Namespace {
  if (prefix === "") return (name) => name;
  return (name) => (exempt.some((start) => name.startsWith(start)) ? name : prefix + name);
}
