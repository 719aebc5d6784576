import { readFileSync } from "node:fs";
import { availableParallelism, hostname } from "node:os";
import type { Config, Machine } from "../config/config.ts";
import type { Environment } from "../config/environment.ts";
import type { ConfigError, Given } from "../config/given.ts";
import { takeLive } from "../config/live.ts";
import type { Taken } from "../config/live.ts";
import { loadConfig } from "../config/load.ts";
import type { Loaded } from "../config/load.ts";
import { createTlsReader } from "../output/remote-write/tls.ts";
import { tellMappingProblem } from "../policy/mapping/exporter/problem.ts";
import type { MappingProblem } from "../policy/mapping/exporter/problem.ts";
import type { Result } from "../std/result.ts";
import { readWebProtection } from "./web-protection.ts";
import type { ExporterCommandLine } from "./exporter-flags.ts";
import { readMapping } from "./mapping.ts";

/** Flags of `serve` and `explain` that set a key of the configuration; commander's name of the flag, and the key. */
const KEY_OF_FLAG = {
  mapping: "prometheus.mapping_config",
  listen: "listen",
  "web.config.file": "web.config_file",
  "web.enableLifecycle": "web.lifecycle",
  http: "http",
  flushInterval: "flush_interval",
  shards: "shards",
  datadogUrl: "datadog.url",
  transport: "transport",
  logLevel: "log_level",
  logFormat: "log_format",
} as const;

export interface SettingsFlags {
  readonly mapping?: readonly string[];
  /** What flags of statsd_exporter say, where there are any. */
  readonly exporter?: ExporterCommandLine | undefined;
  readonly config?: string;
  readonly listen?: readonly string[];
  readonly http?: string;
  readonly "web.config.file"?: string;
  readonly "web.enableLifecycle"?: boolean;
  readonly flushInterval?: string;
  readonly shards?: string;
  readonly datadogUrl?: string;
  readonly transport?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
}

/** The configuration from the real world: the named file, this machine, the given environment and flags. */
export function loadSettings(flags: SettingsFlags, environment: Environment): Result<Loaded, readonly ConfigError[]> {
  const path = flags.config ?? (environment["TALLYD_CONFIG"]?.trim() || undefined);
  const file = path === undefined ? undefined : readText(path, "--config");
  if (file !== undefined && !file.ok) return file;
  const result = loadConfig({
    file: path === undefined || file === undefined ? undefined : { name: path, text: file.value },
    environment,
    flags: new Map([...(flags.exporter?.flags ?? []), ...givenFlags(flags)]),
    ...(flags.exporter && { implied: flags.exporter.implied }),
    machine: thisMachine(),
  });
  const checked = result.ok ? checkFiles(result.value) : result;
  const mapped = checked.ok ? checkMapping(checked.value) : checked;
  return mapped.ok ? checkWeb(mapped.value) : mapped;
}

/** Nobody should find out by a browser that a certificate cannot be read. */
export function checkWeb(loaded: Loaded): Result<Loaded, readonly ConfigError[]> {
  const { configFile } = loaded.config.web;
  const read = configFile === undefined ? undefined : readWebProtection(configFile);
  return read === undefined || read.ok ? { ok: true, value: loaded } : read;
}

/**
 * Rules with an error would give series wrong names: nothing starts with them. The window of quantiles that series have
 * where no rule says another is that of a mapping's defaults, where there is one.
 */
function checkMapping(loaded: Loaded): Result<Loaded, readonly ConfigError[]> {
  const { mapping, problems } = readMapping(loaded.config);
  const errors = problems.filter(({ level }) => level === "error");
  if (errors.length > 0) return { ok: false, error: errors.map(asConfigError) };
  const told = problems.map(tellMappingProblem);
  const { windowMs, ageBuckets } = mapping.defaults.treatment;
  const { prometheus } = loaded.config;
  const window = { windowMs: windowMs ?? prometheus.windowMs, ageBuckets: ageBuckets ?? prometheus.ageBuckets };
  const config = { ...loaded.config, prometheus: { ...prometheus, ...window } };
  return { ok: true, value: { ...loaded, config, warnings: [...loaded.warnings, ...told] } };
}

function asConfigError({ file, line, problem, remedy }: MappingProblem): ConfigError {
  return { key: "prometheus mapping", origin: `${file} line ${line}`, given: "", problem, remedy };
}

/** A configuration that was read again, to be accepted once it is in effect. */
export interface Reread extends Taken {
  readonly accept: () => void;
}

/**
 * Reads the configuration again, as often as it is called: what may change while the process runs is taken, the rest stays
 * as `first` had it.
 */
export function createReread(
  flags: SettingsFlags,
  environment: Environment,
  first: Loaded,
  onAccept: (loaded: Loaded) => void,
): () => Result<Reread, readonly ConfigError[]> {
  let running = first;
  return () => {
    const next = loadSettings(flags, environment);
    if (!next.ok) return next;
    const taken = takeLive(running, next.value, thisMachine());
    const accept = (): void => {
      running = taken.loaded;
      onAccept(running);
    };
    return { ok: true, value: { ...taken, accept } };
  };
}

export function thisMachine(): Machine {
  return { hostname: hostname(), cores: availableParallelism(), pid: process.pid };
}

/** The file's text, or why it cannot be read as a configuration error. */
export function readText(path: string, key: string): Result<string, readonly ConfigError[]> {
  try {
    return { ok: true, value: readFileSync(path, "utf8") };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const problem = `cannot be read: ${reason}`;
    const remedy = "check the path and that this user may read the file";
    return { ok: false, error: [{ key, origin: "the file system", given: JSON.stringify(path), problem, remedy }] };
  }
}

/** Texts that the log must never show. */
export function secretsOf({ datadog, remoteWrite }: Config): string[] {
  const { auth, headers } = remoteWrite;
  const given = [datadog.apiKey, auth.bearerToken, auth.password, ...headers.map(([, value]) => value)];
  const files = [datadog.apiKeyFile, auth.bearerTokenFile, auth.passwordFile].map((path) => readText(path ?? "", ""));
  return [
    ...given.flatMap((secret) => secret?.reveal() ?? []),
    ...files.flatMap((file) => (file.ok ? file.value.trim() : [])),
  ];
}

/** Outputs read their files when they need them; what is wrong with those should not wait until then. */
function checkFiles(loaded: Loaded): Result<Loaded, readonly ConfigError[]> {
  const { datadog, remoteWrite } = loaded.config;
  const { auth, tls } = remoteWrite;
  const files: readonly (readonly [key: string, path: string | undefined])[] = [
    ["datadog.api_key_file", datadog.apiKey === undefined ? datadog.apiKeyFile : undefined],
    ["prometheus_remote_write.bearer_token_file", auth.bearerTokenFile],
    ["prometheus_remote_write.password_file", auth.passwordFile],
    ["prometheus_remote_write.ca_file", tls.caFile],
    ["prometheus_remote_write.cert_file", tls.certFile],
    ["prometheus_remote_write.key_file", tls.keyFile],
  ];
  for (const [key, path] of files) {
    const file = path === undefined ? undefined : readText(path, key);
    if (file !== undefined && !file.ok) return file;
  }
  try {
    createTlsReader(tls)();
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const remedy = "write PEM files that belong together: a certificate, the key that it was made for";
    return {
      ok: false,
      error: [{ key: "prometheus_remote_write", origin: "the file system", given: "", problem, remedy }],
    };
  }
  return { ok: true, value: loaded };
}

function givenFlags(flags: SettingsFlags): Map<string, Given> {
  const given = new Map<string, Given>();
  for (const [flag, key] of Object.entries(KEY_OF_FLAG)) {
    const value = flags[flag as keyof typeof KEY_OF_FLAG];
    const spelled = `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value !== undefined) given.set(key, { value, origin: spelled });
  }
  return given;
}
