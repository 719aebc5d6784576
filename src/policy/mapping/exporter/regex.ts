import { late } from "../../../std/late.ts";
import type { Groups } from "../template.ts";
import { literalOf } from "./literal.ts";
import { LiteralIndex } from "./literal-index.ts";

const re2 = late("re2js");

export interface RegexMatch {
  readonly rule: number;
  readonly groups: Groups;
}

export interface RegexRule {
  readonly rule: number;
  readonly match: string;
}

/** Finds the first rule whose expression stands somewhere in the name. `suits` is asked only where the name fits. */
export type RegexFinder = (name: string, suits: (rule: number) => boolean) => RegexMatch | undefined;

/**
 * Expressions of RE2, not anchored, in their order; linear in the length of the name, because names are hostile. Only those
 * are tried that have no literal or whose literal stands in the name.
 */
export function createRegexFinder(rules: readonly RegexRule[]): RegexFinder {
  if (rules.length === 0) return () => undefined;
  const compiled = rules.map(({ rule, match }) => {
    const expression = re2().RE2JS.compile(match);
    return { rule, expression, names: expression.namedGroups() };
  });
  const literals = new LiteralIndex(rules.map(({ match }) => literalOf(match)));
  return (name, suits) => {
    for (const index of literals.standingIn(name)) {
      const { rule, expression, names } = compiled[index] as (typeof compiled)[number];
      const matcher = expression.matcher(name);
      if (!matcher.find() || !suits(rule)) continue;
      const groups: Groups = {
        byNumber: (group) => (group <= matcher.groupCount() ? matcher.group(group) : undefined),
        byName: (group) => (Object.hasOwn(names, group) ? matcher.group(group) : undefined),
      };
      return { rule, groups };
    }
    return undefined;
  };
}
