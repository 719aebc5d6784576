import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface SourceFile {
  /** From the project's root, with slashes: `src/std/clock.ts`. */
  readonly path: string;
  readonly lines: readonly string[];
}

/** Every text file below a folder of the project, made ones aside. */
export function filesIn(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((path) => !path.startsWith("src/core/build/"))
    .toSorted()
    .map(readSource);
}

export function readSource(path: string): SourceFile {
  return { path, lines: readFileSync(join(ROOT, path), "utf8").replace(/\n$/, "").split("\n") };
}

const IMPORT =
  /(?:^|\s)(?:import|export)\s[^"'`;]*?from\s*["']([^"']+)["']|\b(?:import|late)\s*\(?\s*["']([^"']+)["']/g;

/** What a file imports, types and what `std/late.ts` loads included: packages as written, files by their path from the root. */
export function importsOf({ path, lines }: SourceFile): string[] {
  return [...lines.join("\n").matchAll(IMPORT)].map((match) => {
    const target = match[1] ?? match[2] ?? "";
    return target.startsWith(".") ? normalize(join(dirname(path), target)) : target;
  });
}

export interface FunctionSize {
  /** `src/std/clock.ts:12` */
  readonly where: string;
  readonly lineCount: number;
}

const OPENS_BLOCK = /(?:\bfunction\b.*|=>|\)(?:: [^=;]+)?) \{$/;
const NO_FUNCTION =
  /^\s*(?:\} )?(?:if|else|for|while|switch|catch|try|do)\b|^\s*(?:export )?(?:class|interface)\b|^\s*describe/;

/**
 * Functions and methods with a body over several lines, from the line that opens the body to the brace that closes it.
 * Told by indentation, which the formatter guarantees, so that it works for AssemblyScript too.
 */
export function functionsOf({ path, lines }: SourceFile): FunctionSize[] {
  const found: FunctionSize[] = [];
  for (const [index, line] of lines.entries()) {
    if (!OPENS_BLOCK.test(line) || NO_FUNCTION.test(line)) continue;
    const indent = /^ */.exec(line)?.[0] ?? "";
    const end = lines.findIndex((other, at) => at > index && other.startsWith(`${indent}}`));
    found.push({ where: `${path}:${index + 1}`, lineCount: end - index + 1 });
  }
  return found;
}
