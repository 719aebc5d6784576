import { shapeConfig } from "./config.ts";
import type { Config, Machine } from "./config.ts";
import { KEYS } from "./keyspace.ts";
import type { Loaded } from "./load.ts";
import { POLICY_KEYS } from "./policy-keys.ts";
import type { Settings } from "./schema.ts";
import type { Secret } from "../std/secret.ts";

/** Keys that take effect when the configuration is read again; a group's name stands for all of its keys. All others need a restart. */
export const LIVE_KEYS: readonly string[] = [
  ...Object.keys(POLICY_KEYS),
  "prometheus.mapping_config",
  "prometheus.mappings",
  "prometheus.mapping_defaults",
  "log_level",
];

/** What reading the configuration again comes to. */
export interface Taken {
  /** What holds from now on: as it was, with those changes that take effect in a running process. */
  readonly loaded: Loaded;
  /** Keys that have changed and take effect. */
  readonly changed: readonly string[];
  /** Keys that have changed and wait for a restart. */
  readonly restart: readonly string[];
}

/** Takes from `next` what may change while a process runs, and names the rest. */
export function takeLive(running: Loaded, next: Loaded, machine: Machine): Taken {
  const differing = KEYS.map(({ path }) => path).filter(
    (path) => textOf(valueAt(running.settings, path)) !== textOf(valueAt(next.settings, path)),
  );
  const changed = differing.filter(isLive);
  const settings = changed.reduce(
    (merged, path) => withValue(merged, path.split("."), valueAt(next.settings, path)),
    running.settings as Tree,
  ) as Settings;
  return {
    loaded: { settings, config: withWindow(shapeConfig(settings, machine), running.config), warnings: next.warnings },
    changed,
    restart: differing.filter((path) => !isLive(path)),
  };
}

/** The window of quantiles that tallies were made with: at the start a mapping may have said another one than the settings. */
function withWindow(config: Config, { prometheus: { windowMs, ageBuckets } }: Config): Config {
  return { ...config, prometheus: { ...config.prometheus, windowMs, ageBuckets } };
}

type Tree = Readonly<Record<string, unknown>>;

function isLive(path: string): boolean {
  return LIVE_KEYS.some((live) => path === live || path.startsWith(`${live}.`));
}

function valueAt(settings: Settings, path: string): unknown {
  return path.split(".").reduce<unknown>((tree, name) => (tree as Tree)[name], settings);
}

/** A copy of the tree with another value at one place. */
function withValue(tree: Tree, [name = "", ...rest]: readonly string[], value: unknown): Tree {
  return { ...tree, [name]: rest.length === 0 ? value : withValue(tree[name] as Tree, rest, value) };
}

/** Equal texts are equal values. Secrets would all look the same. */
function textOf(value: unknown): string {
  return JSON.stringify([isSecret(value) ? value.reveal() : value]);
}

function isSecret(value: unknown): value is Secret {
  return typeof value === "object" && value !== null && "reveal" in value;
}
