import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { parseMappings } from "../policy/mapping/exporter/parse.ts";
import type { MappingParsed, MappingPart } from "../policy/mapping/exporter/parse.ts";
import type { MappingProblem } from "../policy/mapping/exporter/problem.ts";

/** A file of 10,000 rules has one or two. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;

/** statsd_exporter's rules from where the configuration says they are: files, directories, and the configuration itself. */
export function readMapping({ mapping }: Pick<Config, "mapping">): MappingParsed {
  const { parts, problems } = readFiles(mapping.files);
  if (mapping.defaults !== undefined) parts.push({ ...textOf(mapping.defaults), part: "defaults" });
  if (mapping.rules !== undefined) parts.push({ ...textOf(mapping.rules), part: "list" });
  const parsed = parseMappings(parts);
  return { ...parsed, problems: [...problems, ...parsed.problems] };
}

function textOf({ yaml, file, firstLine }: NonNullable<Config["mapping"]["rules"]>): MappingPart {
  return { text: yaml, file, firstLine };
}

/** The text of every file that paths name; a path that cannot be read is a problem. */
export function readFiles(paths: readonly string[]): { parts: MappingPart[]; problems: MappingProblem[] } {
  const parts: MappingPart[] = [];
  const problems: MappingProblem[] = [];
  for (const path of paths) {
    try {
      for (const file of filesAt(path)) parts.push({ text: readFileSync(file, "utf8"), file });
    } catch (error) {
      const problem = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
      const remedy = "check the path and that this user may read the file";
      problems.push({ file: path, line: 1, level: "error", problem, remedy });
    }
  }
  return { parts, problems };
}

function filesAt(path: string): string[] {
  const stats = statSync(path);
  if (!stats.isDirectory()) return checkedSize(path, stats.size);
  const names = readdirSync(path).filter((name) => /\.ya?ml$/.test(name) && !name.startsWith("."));
  if (names.length === 0) throw new Error("the directory has no *.yml and no *.yaml");
  return names.sort().flatMap((name) => filesAt(join(path, name)));
}

function checkedSize(path: string, size: number): string[] {
  if (size > FILE_BYTES_MAX) throw new Error(`it has ${size} bytes, more than ${FILE_BYTES_MAX}`);
  return [path];
}
