import { compileSegment, fixedCharacters } from "./segment.ts";
import type { SegmentPattern } from "./segment.ts";

/** What a glob has matched. */
export interface GlobMatch {
  readonly rule: number;
  /** What each `*` stands for, in order. */
  readonly captures: readonly string[];
}

export interface GlobRule {
  /** Its place among all rules: the order in which they count. */
  readonly rule: number;
  readonly match: string;
}

/**
 * The tree of all globs, a level per segment:
 *
 *     a.b.c   root ─ a ─ b ─ c •        a name of n segments can only end at level n,
 *     a.*          └ a ─ * •            so that a rule that is another's beginning lives as well as that one
 *     *.x          └ * ─ x •
 *
 * All branches that fit are walked (there are three at most per kind of segment: the literal, patterns such as `req-*`,
 * and `*`), so a rule is never hidden behind a branch that came to nothing. Ordered: the first rule in the file counts, and
 * branches that hold only later rules than the best so far are not entered. Unordered: decided from left to right, a literal
 * before a pattern before `*`.
 */
interface GlobTree {
  readonly literals: Map<string, GlobTree>;
  /** More fixed characters first. */
  readonly patterns: { readonly glob: string; readonly fits: SegmentPattern; readonly next: GlobTree }[];
  star: GlobTree | undefined;
  /** Rules that end here, first one first. */
  readonly rules: number[];
  /** The first rule in this tree. */
  first: number;
}

/** Finds the rule for a name. `suits` says whether a rule may be taken (kind and tags); asked only where the name fits. */
export type GlobFinder = (name: string, suits: (rule: number) => boolean) => GlobMatch | undefined;

export function createGlobFinder(rules: readonly GlobRule[], isOrdered: boolean): GlobFinder {
  if (rules.length === 0) return () => undefined;
  const root = emptyTree();
  for (const rule of rules) insert(root, rule);
  const matches = new Map(rules.map(({ rule, match }) => [rule, match.split(".")]));
  const walk = isOrdered ? firstOf : mostSpecific;
  return (name, suits) => {
    const segments = name.split(".");
    const rule = walk(root, segments, 0, Infinity, suits);
    if (rule === Infinity) return undefined;
    return { rule, captures: capturesOf(matches.get(rule) ?? [], segments) };
  };
}

function emptyTree(): GlobTree {
  return { literals: new Map(), patterns: [], star: undefined, rules: [], first: Infinity };
}

function insert(root: GlobTree, { rule, match }: GlobRule): void {
  let tree = root;
  tree.first = Math.min(tree.first, rule);
  for (const segment of match.split(".")) {
    tree = childOf(tree, segment);
    tree.first = Math.min(tree.first, rule);
  }
  tree.rules.push(rule);
  tree.rules.sort((left, right) => left - right);
}

function childOf(tree: GlobTree, segment: string): GlobTree {
  if (segment === "*") return (tree.star ??= emptyTree());
  if (!segment.includes("*")) {
    const known = tree.literals.get(segment) ?? emptyTree();
    tree.literals.set(segment, known);
    return known;
  }
  const known = tree.patterns.find(({ glob }) => glob === segment);
  if (known !== undefined) return known.next;
  const next = emptyTree();
  tree.patterns.push({ glob: segment, fits: compileSegment(segment), next });
  tree.patterns.sort((left, right) => fixedCharacters(right.glob) - fixedCharacters(left.glob));
  return next;
}

type Walk = (
  tree: GlobTree,
  segments: readonly string[],
  level: number,
  best: number,
  suits: (rule: number) => boolean,
) => number;

/** The smallest rule that fits and is smaller than `best`; else `best`. */
const firstOf: Walk = (tree, segments, level, best, suits) => {
  if (tree.first >= best) return best;
  const segment = segments[level];
  if (segment === undefined) return tree.rules.find((rule) => rule < best && suits(rule)) ?? best;
  const literal = tree.literals.get(segment);
  let found = best;
  if (literal !== undefined) found = firstOf(literal, segments, level + 1, found, suits);
  for (const { fits, next } of tree.patterns) {
    if (next.first < found && fits(segment) !== undefined) found = firstOf(next, segments, level + 1, found, suits);
  }
  return tree.star === undefined ? found : firstOf(tree.star, segments, level + 1, found, suits);
};

/** The rule that fits most specifically; `best` where there is none. */
const mostSpecific: Walk = (tree, segments, level, best, suits) => {
  const segment = segments[level];
  if (segment === undefined) return tree.rules.find(suits) ?? best;
  const literal = tree.literals.get(segment);
  const found = literal === undefined ? best : mostSpecific(literal, segments, level + 1, best, suits);
  if (found !== best) return found;
  for (const { fits, next } of tree.patterns) {
    if (fits(segment) === undefined) continue;
    const inside = mostSpecific(next, segments, level + 1, best, suits);
    if (inside !== best) return inside;
  }
  return tree.star === undefined ? best : mostSpecific(tree.star, segments, level + 1, best, suits);
};

function capturesOf(match: readonly string[], segments: readonly string[]): string[] {
  return match.flatMap((glob, index) => {
    const segment = segments[index] ?? "";
    if (glob === "*") return [segment];
    return glob.includes("*") ? (compileSegment(glob)(segment) ?? []) : [];
  });
}
