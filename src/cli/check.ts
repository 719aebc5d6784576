import { loadConfig } from "../config/load.ts";
import { lintMapping } from "../policy/mapping/exporter/lint.ts";
import type { MappingParsed } from "../policy/mapping/exporter/parse.ts";
import { tellMappingProblem } from "../policy/mapping/exporter/problem.ts";
import type { MappingProblem } from "../policy/mapping/exporter/problem.ts";
import { tellProblem } from "../policy/mapping/profile.ts";
import { assert } from "../std/assert.ts";
import { readMapping } from "./mapping.ts";
import type { MappingConfig } from "./mapping.ts";
import { readPolicy } from "./policy.ts";
import { checkWeb, loadSettings, readText, thisMachine } from "./settings.ts";
import type { SettingsFlags } from "./settings.ts";
import { formatErrors } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** The file is checked as it stands; only a key that belongs in the environment may come from there. */
const FROM_ENVIRONMENT = ["DD_API_KEY", "DD_API_KEY_FILE", "TALLYD_DATADOG_API_KEY", "TALLYD_DATADOG_API_KEY_FILE"];

export interface CheckFlags {
  /** Mapping files of statsd_exporter, or directories of them. */
  readonly mapping?: readonly string[];
}

/** `tallyd check FILE`, `tallyd check --mapping FILE`: prints every error. Answers the exit code. */
export function check(path: string | undefined, flags: CheckFlags, terminal: Terminal): number {
  const paths = flags.mapping ?? [];
  if (path === undefined && paths.length === 0) {
    terminal.err("error: missing required argument 'file', or --mapping <file>\n(--help shows what there is)");
    return 2;
  }
  const codes: number[] = [];
  if (path !== undefined) codes.push(checkFile(path, terminal));
  if (paths.length > 0) codes.push(checkMapping(paths, terminal));
  return Math.max(...codes);
}

function checkFile(path: string, terminal: Terminal): number {
  const file = readText(path, "FILE");
  if (!file.ok) {
    terminal.err(formatErrors(file.error));
    return 1;
  }
  const result = loadConfig({
    file: { name: path, text: file.value },
    environment: Object.fromEntries(FROM_ENVIRONMENT.map((name) => [name, terminal.environment[name]])),
    machine: thisMachine(),
  });
  const checked = result.ok ? checkWeb(result.value) : result;
  if (!result.ok || !checked.ok) {
    if (!checked.ok) terminal.err(formatErrors(checked.error));
    return 1;
  }
  for (const warning of result.value.warnings) terminal.err(`warning: ${warning}`);
  // Rules are checked below, further than reading them does.
  const withoutRules = { files: [], defaults: undefined, rules: undefined };
  const { problems } = readPolicy({ ...result.value.config, mapping: withoutRules });
  for (const problem of problems) terminal.err(`${problem.isRefused ? "error" : "warning"}: ${tellProblem(problem)}`);
  const isMappingGood = tellMapping(lookAtMapping(result.value.config).problems, terminal);
  if (!isMappingGood || problems.some(({ isRefused }) => isRefused)) return 1;
  terminal.out(`${path} is valid`);
  return 0;
}

/** The configuration that `serve` would run with, for `--check-config`. */
export function checkSettings(flags: SettingsFlags, terminal: Terminal): number {
  const settings = loadSettings(flags, terminal.environment);
  if (!settings.ok) {
    terminal.err(formatErrors(settings.error));
    return 1;
  }
  tellMapping(lookAtMapping(settings.value.config).problems, terminal);
  terminal.out("the configuration is valid");
  return 0;
}

/** Files by themselves are looked at as if nothing else was configured. */
function checkMapping(files: readonly string[], terminal: Terminal): number {
  const plain = loadConfig({ environment: {}, machine: thisMachine() });
  assert(plain.ok, "a configuration without a word is a valid one");
  const { mapping, problems } = lookAtMapping({
    ...plain.value.config,
    mapping: { files, defaults: undefined, rules: undefined },
  });
  if (!tellMapping(problems, terminal)) return 1;
  const count = mapping.rules.length;
  terminal.out(`${files.join(", ")}: ${count} ${count === 1 ? "rule" : "rules"}, valid`);
  return 0;
}

/** The rules and all that is to be said of them. */
function lookAtMapping(config: MappingConfig): MappingParsed {
  const { mapping, problems } = readMapping(config);
  const { targetInfo, lastSeen } = config.prometheus;
  const warnings = lintMapping(mapping, { targetInfo, lastSeen: lastSeen !== "off" });
  return { mapping, problems: [...problems, ...warnings] };
}

/** False where there is an error. */
function tellMapping(problems: readonly MappingProblem[], terminal: Terminal): boolean {
  const ordered = [...problems].sort((left, right) => left.file.localeCompare(right.file) || left.line - right.line);
  for (const problem of ordered) terminal.err(`${problem.level}: ${tellMappingProblem(problem)}`);
  return problems.every(({ level }) => level !== "error");
}
