import { parseDecimal } from "../../../std/decimal.ts";
import { late } from "../../../std/late.ts";
import { REFERENCE } from "../template.ts";
import { GLOB_REFERENCE } from "./glob-template.ts";
import type { Finding } from "./lint.ts";
import type { ExporterRule } from "./rule.ts";

const re2 = late("re2js");

/** A reference of a template that can never be anything but "". */
interface Empty {
  /** As it stands: `$1_total`. */
  readonly text: string;
  /** What was meant, where that is plain: `${1}_total`. */
  readonly meant: string | undefined;
}

/** References to what a rule does not capture, in its name and its labels. */
export function* findEmpty(rule: ExporterRule): Generator<Finding> {
  const captures = capturesOf(rule);
  for (const [what, template] of [["name", rule.name], ...rule.labels] as const) {
    for (const { text, meant } of emptyIn(template, rule.matchType, captures)) {
      const where = what === "name" ? "its name" : `the label ${what}`;
      const isWhole = what === "name" && template === text;
      const problem = `has ${text} in ${where}, which is always empty${isWhole ? ", so that nothing is shown" : ""}`;
      yield { rule, problem, remedy: meant === undefined ? haveOf(captures) : `write ${meant}` };
    }
  }
}

function haveOf({ count }: Captures): string {
  if (count === 0) return "this match captures nothing but $0";
  return `this match has $1${count === 1 ? "" : ` to $${count}`}`;
}

interface Captures {
  readonly count: number;
  readonly names: ReadonlySet<string>;
}

function capturesOf({ match, matchType }: ExporterRule): Captures {
  if (matchType === "glob") return { count: match.split("*").length - 1, names: new Set() };
  const expression = re2().RE2JS.compile(match);
  return { count: expression.groupCount(), names: new Set(Object.keys(expression.namedGroups())) };
}

/** What stands behind each `$` of a template that is no character of its own. */
function* referencesIn(
  template: string,
  matchType: "glob" | "regex",
): Generator<readonly [text: string, name: string]> {
  if (matchType === "glob") {
    for (const [text, name = ""] of template.matchAll(GLOB_REFERENCE)) yield [text, name];
    return;
  }
  for (const [text, dollar, braced, bare] of template.matchAll(REFERENCE)) {
    if (dollar === undefined) yield [text, braced ?? bare ?? ""];
  }
}

function* emptyIn(template: string, matchType: "glob" | "regex", { count, names }: Captures): Generator<Empty> {
  for (const [text, name] of referencesIn(template, matchType)) {
    if (names.has(name)) continue;
    const number = /^\d{1,9}$/.test(name) ? parseDecimal(name) : undefined;
    const isWritten = matchType === "glob" || String(number) === name;
    if (number !== undefined && number <= count && isWritten) continue;
    const [, digits, rest] = /^(\d+)([^0-9].*)$/.exec(name) ?? [];
    const meant = digits === undefined || text.startsWith("${") ? undefined : `\${${digits}}${rest ?? ""}`;
    yield { text, meant };
  }
}
