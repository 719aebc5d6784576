import { createGlobFinder } from "./glob.ts";
import { createExporterMapper } from "./mapper.ts";
import type { MappedSeries } from "./mapper.ts";
import type { PreparedMapping } from "./prepare.ts";
import { createRegexFinder } from "./regex.ts";
import type { ExporterRule } from "./rule.ts";
import { compileTagTest, tagsOf } from "./tags.ts";

/** A rule whose match fits a name, and what became of it. */
export interface Contender {
  readonly rule: ExporterRule;
  readonly isWinner: boolean;
  /** One clause for people. */
  readonly why: string;
}

/** Every rule that fits the name of a series, in the order of the files; slow, for one series that somebody asks about. */
export function findContenders(series: MappedSeries, prepared: PreparedMapping): readonly Contender[] {
  const { rules, isOrdered } = prepared;
  const winner = rules[createExporterMapper(prepared).map(series).onPrometheus.rule];
  return rules
    .filter((rule) => fitsName(rule, series.name))
    .map((rule) => ({ rule, isWinner: rule === winner, why: whyOf(rule, winner, series, isOrdered) }));
}

function fitsName({ match, matchType }: ExporterRule, name: string): boolean {
  const rules = [{ rule: 0, match }];
  const find = matchType === "glob" ? createGlobFinder(rules, true) : createRegexFinder(rules);
  return find(name, () => true) !== undefined;
}

function whyOf(rule: ExporterRule, winner: ExporterRule | undefined, series: MappedSeries, isOrdered: boolean): string {
  const { kind } = series;
  if (rule.kinds !== undefined && !rule.kinds.includes(kind))
    return `is for ${rule.kinds.join(", ")}, not for a ${kind}`;
  if (compileTagTest(rule)?.(tagsOf(series)) === false) {
    return `asks for tags that are not there: ${rule.matchTags.map(([key, value]) => `${key}:${value}`).join(", ")}`;
  }
  if (rule === winner || winner === undefined) return orderOf(rule, isOrdered);
  const place = `line ${winner.line}${winner.file === rule.file ? "" : ` of ${winner.file}`}`;
  if (winner.isFirst && !rule.isFirst) return `comes behind ${place}, which has priority: first`;
  if (winner.matchType === "glob" && rule.matchType === "regex")
    return `comes behind ${place}: globs count before regexes`;
  const isBySpecificity = winner.matchType === "glob" && !isOrdered && winner.match !== rule.match;
  return `comes behind ${place}, which is ${isBySpecificity ? "more specific" : "the first one that fits"}`;
}

function orderOf({ matchType, isFirst }: ExporterRule, isOrdered: boolean): string {
  if (isFirst) return "is the first regex with priority: first that fits";
  if (matchType === "regex") return "is the first regex that fits, and no glob does";
  return isOrdered ? "is the first glob that fits" : "is the most specific glob that fits";
}
