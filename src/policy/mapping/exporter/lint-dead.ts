import type { Finding } from "./lint.ts";
import type { ExporterMapping, ExporterRule } from "./rule.ts";
import { compileSegment } from "./segment.ts";

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
  ];
}

function dead(rule: ExporterRule, other: ExporterRule): Finding {
  const where = `${other.file === rule.file ? "" : `${other.file} `}line ${other.line}`;
  const problem = `never counts: whatever ${rule.match} fits, ${other.match} on ${where} fits before`;
  return { rule, problem, remedy: "move it up, or take it out" };
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

interface Split {
  readonly rule: ExporterRule;
  readonly segments: readonly string[];
}

function deadGlobs(globs: readonly ExporterRule[], isOrdered: boolean): Finding[] {
  const found: Finding[] = [];
  const byLength = new Map<number, Split[]>();
  /** Beginnings of earlier rules, for the fault of statsd_exporter. */
  const beginnings = new Map<string, ExporterRule>();
  for (const rule of globs) {
    const segments = rule.match.split(".");
    const earlier = byLength.get(segments.length) ?? [];
    const covers = isOrdered ? coversAll : isSame;
    const other = earlier.find((split) => covers(split.segments, segments) && reaches(split.rule, rule));
    const longer = beginnings.get(rule.match);
    if (other !== undefined) found.push(dead(rule, other.rule));
    else if (isOrdered && longer !== undefined && longer.kinds === rule.kinds) {
      const problem = `counts here, but not in statsd_exporter: it is the beginning of ${longer.match} on line ${longer.line}`;
      found.push({ rule, problem, remedy: "expect series under its name that were unmapped before" });
    }
    earlier.push({ rule, segments });
    byLength.set(segments.length, earlier);
    for (let end = 1; end < segments.length; end++) {
      const beginning = segments.slice(0, end).join(".");
      if (!beginnings.has(beginning)) beginnings.set(beginning, rule);
    }
  }
  return found;
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  return left.every((segment, index) => segment === right[index]);
}

/** Whether every name that fits `right` fits `left`; both have as many segments. Patterns are only compared with texts. */
function coversAll(left: readonly string[], right: readonly string[]): boolean {
  return left.every((segment, index) => {
    const other = right[index] as string;
    if (segment === "*" || segment === other) return true;
    return segment.includes("*") && !other.includes("*") && compileSegment(segment)(other) !== undefined;
  });
}
