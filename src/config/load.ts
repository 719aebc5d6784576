import { assert } from "../std/assert.ts";
import { nearest } from "../std/nearest.ts";
import type { Result } from "../std/result.ts";
import { KNOWN_SITES, normaliseSite } from "./address.ts";
import { shapeConfig } from "./config.ts";
import type { Config, Machine } from "./config.ts";
import { readEnvironment } from "./environment.ts";
import type { Environment } from "./environment.ts";
import { readFileLayer } from "./file.ts";
import type { FileText } from "./file.ts";
import { showGiven } from "./given.ts";
import type { ConfigError, Given, Layer } from "./given.ts";
import { checkRemoteWrite } from "./remote-write.ts";
import { SCHEMA } from "./schema.ts";
import type { Settings } from "./schema.ts";
import { expandActivation } from "./socket-activation.ts";
import { splitList } from "./values.ts";
import type { Key, Keys, Problem } from "./values.ts";

export interface ConfigSource {
  readonly file?: FileText | undefined;
  readonly environment?: Environment;
  /** Values of flags by key path: `flush_interval` → `10s`. */
  readonly flags?: ReadonlyMap<string, Given>;
  /** What holds where neither file, environment nor flags say anything: defaults of another command line. */
  readonly implied?: ReadonlyMap<string, Given>;
  readonly machine: Machine;
}

export interface Loaded {
  readonly config: Config;
  /** What the configuration was made of; for reading it again later. */
  readonly settings: Settings;
  /** Sentences for the log: what was taken differently from how it was written. */
  readonly warnings: readonly string[];
}

/**
 * The configuration of a process, from text alone: flags before environment before file before defaults. Every error
 * of every layer comes in one answer.
 */
export function loadConfig(source: ConfigSource): Result<Loaded, readonly ConfigError[]> {
  const file = source.file === undefined ? { layer: new Map(), errors: [] } : readFileLayer(source.file);
  const environment = readEnvironment(source.environment ?? {});
  const given: Layer = new Map([
    ...(source.implied ?? []),
    ...file.layer,
    ...environment.layer,
    ...(source.flags ?? []),
  ]);
  addTags(given, environment.extraTags);

  const { settings, errors } = read(given);
  const listen = expandActivation(settings.listen, source.environment ?? {}, source.machine.pid ?? 0);
  if (listen.ok) settings.listen = listen.value;
  const all = [...file.errors, ...errors, ...checkTogether(settings, given, errors)];
  if (!listen.ok) all.push({ key: "listen", ...show(given, "listen"), ...listen.error });
  if (all.length > 0) return { ok: false, error: all };
  const warnings = [...environment.warnings, ...warningsOf(settings, given)];
  return { ok: true, value: { config: shapeConfig(settings, source.machine), settings, warnings } };
}

/** The Agent's additional tags join whatever tags there are, instead of replacing them; a file's `env:` tag stays. */
function addTags(given: Layer, extra: Layer): void {
  if (extra.size === 0) return;
  const base = given.get("tags");
  const tags = splitList(base?.value ?? []);
  // What is no list at all is reported as such when the key is read.
  if (tags === undefined) return;
  const origins = base === undefined ? [] : [base.origin];
  for (const { value, origin } of extra.values()) {
    if (origin === "DD_ENV" && tags.some((tag) => String(tag).startsWith("env:"))) continue;
    tags.push(...(splitList(value) ?? [value]));
    origins.push(origin);
  }
  given.set("tags", { value: tags, origin: origins.join(", ") });
}

interface Reading {
  /** Where a key had an error, its default. */
  readonly settings: Settings;
  readonly errors: readonly ConfigError[];
}

function read(given: Layer): Reading {
  const errors: ConfigError[] = [];
  const settings = readKeys(SCHEMA, "", (path, { read: readValue, byDefault }) => {
    const { value, origin } = given.get(path) ?? { value: undefined, origin: "" };
    if (value !== undefined) {
      const result = readValue(value);
      if (result.ok) return result.value;
      errors.push(...result.error.map((problem) => toError(path, value, origin, problem)));
    }
    if (byDefault === undefined) return undefined;
    const result = readValue(byDefault);
    assert(result.ok, `the default of ${path} is valid`);
    return result.value;
  });
  return { settings: settings as Settings, errors };
}

/** The values of `keys`, which stand behind `prefix`, as `readKey` answers them. */
function readKeys(
  keys: Keys,
  prefix: string,
  readKey: (path: string, key: Key<unknown>) => unknown,
): Record<string, unknown> {
  const values = Object.entries(keys).map(([name, member]) => {
    const path = `${prefix}${name}`;
    return [name, "members" in member ? readKeys(member.members, `${path}.`, readKey) : readKey(path, member)];
  });
  return Object.fromEntries(values) as Record<string, unknown>;
}

function toError(path: string, value: unknown, origin: string, { index, problem, remedy }: Problem): ConfigError {
  const shown = index === undefined ? value : splitList(value)?.[index];
  const key = index === undefined ? path : `${path}[${index}]`;
  return { key, origin, given: showGiven(path, shown), problem, remedy };
}

function withoutIndex(key: string): string {
  return key.replace(/\[\d+\]$/, "");
}

function show(given: Layer, key: string): Pick<ConfigError, "origin" | "given"> {
  const { value, origin } = given.get(key) ?? { value: undefined, origin: "the defaults" };
  return { origin, given: showGiven(key, value) };
}

/** Rules over several keys; silent about keys that have an error of their own. */
function checkTogether(settings: Settings, given: Layer, earlier: readonly ConfigError[]): ConfigError[] {
  const found: ConfigError[] = [];
  const fail = (key: string, problem: string, remedy: string): void => {
    if (earlier.some((error) => withoutIndex(error.key) === key)) return;
    found.push({ key, ...show(given, key), problem, remedy });
  };
  if (settings.listen.length === 0)
    fail("listen", "has no entries", "write at least one listener: udp://127.0.0.1:8125");
  if (settings.drain_interval > settings.flush_interval) {
    fail(
      "drain_interval",
      "is longer than flush_interval",
      "write at most the flush interval; 1s is good for every load",
    );
  }
  const { keys, series } = settings.limits;
  if (keys !== undefined && keys < series) {
    fail(
      "limits.keys",
      "is less than limits.series",
      "every series needs a key: write more, or take it out for twice limits.series",
    );
  }
  const { url, api_key, api_key_file } = settings.datadog;
  if (url !== undefined && api_key === undefined && api_key_file === undefined) {
    fail(
      "datadog.url",
      "has no API key to go with it",
      "set DD_API_KEY or datadog.api_key_file (any text for receivers without keys)",
    );
  }
  if (settings.hdr_log.directory !== undefined && settings.hdr_log.series.length === 0)
    fail("hdr_log.series", "selects nothing to log", "write names, prefixes such as checkout.*, or * for all");
  checkRemoteWrite(settings.prometheus_remote_write, fail);
  return found;
}

function warningsOf(settings: Settings, given: Layer): string[] {
  const warnings: string[] = [];
  const { site, url, api_key, api_key_file } = settings.datadog;
  const siteGiven = given.get("datadog.site");
  if (siteGiven !== undefined && String(siteGiven.value) !== normaliseSite(String(siteGiven.value))) {
    warnings.push(`${siteGiven.origin} gives the site as ${JSON.stringify(siteGiven.value)}; ${site} is used`);
  }
  if (!KNOWN_SITES.includes(site) && url === undefined) {
    const guess = nearest(site, KNOWN_SITES);
    warnings.push(
      `${site} is no Datadog site known to tallyd; it is used as it is${guess === undefined ? "" : ` (${guess}?)`}`,
    );
  }
  if (siteGiven !== undefined && api_key === undefined && api_key_file === undefined) {
    warnings.push(`${siteGiven.origin} names a Datadog site, but there is no API key: nothing is sent to Datadog`);
  }
  if (api_key !== undefined && api_key_file !== undefined) {
    warnings.push(
      "both datadog.api_key and datadog.api_key_file are set; the key itself is used, the file is not read",
    );
  }
  return warnings;
}
