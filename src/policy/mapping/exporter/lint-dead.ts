import type { Finding } from "./lint.ts";
import { createGlobFinder } from "./glob.ts";
import type { ExporterMapping, ExporterRule } from "./rule.ts";

/** Expressions that stand in every name. */
const ANYTHING = /^\^?(?:\.\*|\.\+|\.|\(\.\*\)|\(\.\+\))?\$?$/;

/** Rules that never count, because others always do; and those that never did in statsd_exporter. */
export function findDead({ rules, isOrdered }: Pick<ExporterMapping, "rules" | "isOrdered">): Finding[] {
  const first = rules.filter(({ matchType, isFirst }) => matchType === "regex" && isFirst);
  const globs = rules.filter(({ matchType }) => matchType === "glob");
  const late = rules.filter(({ matchType, isFirst }) => matchType === "regex" && !isFirst);
  const always = first.filter(({ match }) => ANYTHING.test(match));
  return [
    ...deadRegexes(first),
    ...globs.flatMap((rule) => always.filter((other) => reaches(other, rule)).map((other) => dead(rule, other))),
    ...deadGlobs(globs, isOrdered),
    ...deadRegexes([...always, ...late]).filter(({ rule }) => !rule.isFirst),
    ...behindGlobs(late, globs),
  ];
}

/** Expressions that fit one name: `^a\.b$`. */
const ONE_NAME = /^\^((?:[\w-]|\\[.-])+)\$$/;

/** Regular expressions that fit one name alone, which a glob fits before. */
function* behindGlobs(regexes: readonly ExporterRule[], globs: readonly ExporterRule[]): Generator<Finding> {
  const find = createGlobFinder(
    globs.map(({ match }, rule) => ({ rule, match })),
    true,
  );
  for (const rule of regexes) {
    const name = ONE_NAME.exec(rule.match)?.[1]?.replaceAll("\\", "");
    const found = name === undefined ? undefined : find(name, (at) => reaches(globs[at] as ExporterRule, rule));
    if (found !== undefined) yield dead(rule, globs[found.rule] as ExporterRule);
  }
}

function dead(rule: ExporterRule, other: ExporterRule): Finding {
  const where = `${other.file === rule.file ? "" : `${other.file} `}line ${other.line}`;
  const problem = `never counts: whatever ${rule.match} fits, ${other.match} on ${where} fits before`;
  const isBehindGlob = other.matchType === "glob" && rule.matchType === "regex";
  return { rule, problem, remedy: isBehindGlob ? "write priority: first" : "move it up, or take it out" };
}

/** Whether a rule takes everything of another, as far as kinds and tags go. */
function reaches(other: ExporterRule, rule: ExporterRule): boolean {
  if (other.matchTags.length > 0) return false;
  if (other.kinds === undefined) return true;
  return rule.kinds !== undefined && rule.kinds.every((kind) => other.kinds?.includes(kind));
}

function deadRegexes(rules: readonly ExporterRule[]): Finding[] {
  const earlier = new Map<string, ExporterRule[]>();
  const always: ExporterRule[] = [];
  const found: Finding[] = [];
  for (const rule of rules) {
    const same = earlier.get(rule.match) ?? [];
    const other = [...same, ...always].find((candidate) => reaches(candidate, rule));
    if (other !== undefined) found.push(dead(rule, other));
    earlier.set(rule.match, [...same, rule]);
    if (ANYTHING.test(rule.match)) always.push(rule);
  }
  return found;
}

/**
 * A glob is looked for as if its text was a name: what fits that, with its stars as characters, fits whatever they stand for.
 * Where globs are not ordered, only the same one takes everything of another.
 */
function deadGlobs(globs: readonly ExporterRule[], isOrdered: boolean): Finding[] {
  const found: Finding[] = [];
  /** Beginnings of earlier rules, for the fault of statsd_exporter. */
  const beginnings = new Map<string, ExporterRule>();
  const find = createGlobFinder(
    globs.map(({ match }, rule) => ({ rule, match })),
    true,
  );
  for (const [index, rule] of globs.entries()) {
    const takesAll = (other: ExporterRule): boolean =>
      (isOrdered || other.match === rule.match) && reaches(other, rule);
    const before = find(rule.match, (other) => other < index && takesAll(globs[other] as ExporterRule));
    const longer = isOrdered ? beginnings.get(rule.match) : undefined;
    if (before !== undefined) found.push(dead(rule, globs[before.rule] as ExporterRule));
    else if (longer !== undefined && longer.kinds === rule.kinds) found.push(deadThere(rule, longer));
    const segments = rule.match.split(".");
    for (let end = 1; end < segments.length; end++) {
      const beginning = segments.slice(0, end).join(".");
      if (!beginnings.has(beginning)) beginnings.set(beginning, rule);
    }
  }
  return found;
}

function deadThere(rule: ExporterRule, longer: ExporterRule): Finding {
  const where = `${longer.match} on line ${longer.line}`;
  const problem = `counts here, but not in statsd_exporter: it is the beginning of ${where}`;
  return { rule, problem, remedy: "expect series under its name that were unmapped before" };
}
