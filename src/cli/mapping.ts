import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { parseMappings } from "../policy/mapping/exporter/parse.ts";
import type { MappingParsed, MappingPart } from "../policy/mapping/exporter/parse.ts";
import { LAYOUTS_MAX, prepareMapping } from "../policy/mapping/exporter/prepare.ts";
import type { ObserverDefaults } from "../policy/mapping/exporter/prepare.ts";
import type { MappingProblem } from "../policy/mapping/exporter/problem.ts";
import type { ExporterMapping } from "../policy/mapping/exporter/rule.ts";

/** A file of 10,000 rules has one or two. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;

/** The part of a configuration that rules depend on. */
export type MappingConfig = Pick<Config, "mapping" | "histogram" | "prometheus">;

/** statsd_exporter's rules from where the configuration says they are: files, directories, and the configuration itself. */
export function readMapping(config: MappingConfig): MappingParsed {
  const { files, defaults, rules } = config.mapping;
  const { parts, problems } = readFiles(files);
  if (defaults !== undefined) parts.push({ ...textOf(defaults), part: "defaults" });
  if (rules !== undefined) parts.push({ ...textOf(rules), part: "list" });
  const parsed = parseMappings(parts);
  return { ...parsed, problems: [...problems, ...parsed.problems, ...tooMuch(parsed.mapping, config)] };
}

/** What holds where a mapping says nothing. */
export function observerDefaults({ histogram, prometheus }: Omit<MappingConfig, "mapping">): ObserverDefaults {
  const { digits, bounds, buckets } = histogram;
  const { windowMs, ageBuckets } = prometheus;
  return { digits, buckets, observer: bounds.length > 0 ? "histogram" : "summary", windowMs, ageBuckets };
}

/** More layouts than a core has room for, told here already so that nothing starts with such rules. */
function tooMuch(mapping: ExporterMapping, config: MappingConfig): MappingProblem[] {
  const { layouts } = prepareMapping(mapping, observerDefaults(config), []);
  // Two are those of series without a rule.
  if (layouts.length <= LAYOUTS_MAX - 2) return [];
  const { file = "the mapping", line = 1 } = mapping.rules.at(-1) ?? {};
  const problem = `is the end of ${layouts.length} different combinations of buckets, scale and unit`;
  return [{ file, line, level: "error", problem, remedy: `have at most ${LAYOUTS_MAX - 2} of them` }];
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function textOf({ yaml, file, firstLine }: NonNullable<Config["mapping"]["rules"]>): MappingPart {
  return { text: yaml, file, firstLine };
}

/** The text of every file that paths name; a path that cannot be read is a problem. */
function readFiles(paths: readonly string[]): { parts: MappingPart[]; problems: MappingProblem[] } {
  const parts: MappingPart[] = [];
  const problems: MappingProblem[] = [];
  for (const path of paths) {
    try {
      for (const file of filesAt(path)) parts.push({ text: utf8.decode(readFileSync(file)), file });
    } catch (error) {
      const problem = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
      const remedy = "check the path and that this user may read the file";
      problems.push({ file: path, line: 1, level: "error", problem, remedy });
    }
  }
  return { parts, problems };
}

function filesAt(path: string): string[] {
  if (!statSync(path).isDirectory()) return [checked(path)];
  const names = readdirSync(path).filter((name) => /^[^.].*\.ya?ml$/.test(name));
  const files = names.map((name) => join(path, name)).filter((file) => !statSync(file).isDirectory());
  if (files.length === 0) throw new Error("the directory has no *.yml and no *.yaml");
  return files.sort().map(checked);
}

function checked(file: string): string {
  const { size } = statSync(file);
  if (size > FILE_BYTES_MAX) throw new Error(`${file} has ${size} bytes, more than ${FILE_BYTES_MAX}`);
  return file;
}
