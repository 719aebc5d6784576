import { SCHEMA } from "./schema.ts";
import type { Key, Keys } from "./values.ts";

/** One key of the configuration, by its path in the file: `prometheus.window.max_age`. */
export interface KeyFacts {
  readonly path: string;
  /** Our own environment name: `TALLYD_PROMETHEUS_WINDOW_MAX_AGE`. */
  readonly variable: string;
  /** As a user would write it; undefined = none. */
  readonly defaultText: string | undefined;
  readonly help: string;
}

/** Every key of the schema, in the order of the file. */
export const KEYS: readonly KeyFacts[] = [...walk(SCHEMA, "")];

export const KEY_BY_VARIABLE: ReadonlyMap<string, string> = new Map(KEYS.map((facts) => [facts.variable, facts.path]));

/** The paths that are groups of keys; "" is the whole file. */
export const GROUPS: ReadonlySet<string> = new Set(["", ...KEYS.flatMap(({ path }) => parentsOf(path))]);

/** The names that may stand directly inside a group. */
export function namesIn(parent: string): string[] {
  const prefix = parent === "" ? "" : `${parent}.`;
  const inside = KEYS.filter(({ path }) => path.startsWith(prefix)).map(({ path }) => path.slice(prefix.length));
  return [...new Set(inside.map((path) => path.split(".")[0] ?? ""))];
}

export function isKey(path: string): boolean {
  return KEYS.some((facts) => facts.path === path);
}

function* walk(keys: Keys, prefix: string): Generator<KeyFacts> {
  for (const [name, member] of Object.entries(keys)) {
    const path = `${prefix}${name}`;
    if ("members" in member) yield* walk(member.members, `${path}.`);
    else
      yield {
        path,
        variable: `TALLYD_${path.replaceAll(".", "_").toUpperCase()}`,
        defaultText: showDefault(member),
        help: member.help,
      };
  }
}

function showDefault({ byDefault }: Key<unknown>): string | undefined {
  return typeof byDefault === "object" ? `[${byDefault.join(", ")}]` : byDefault;
}

function parentsOf(path: string): string[] {
  const parts = path.split(".");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("."));
}
