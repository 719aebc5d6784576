import type { OnPrometheus } from "../../../model/treatment.ts";
import type { Series } from "../../../model/series.ts";
import type { Kind } from "../../../model/kind.ts";
import { compileTemplate } from "../template.ts";
import { createGlobFinder } from "./glob.ts";
import { compileGlobTemplate } from "./glob-template.ts";
import type { Look, PreparedMapping } from "./prepare.ts";
import { createRegexFinder } from "./regex.ts";
import type { ExporterRule } from "./rule.ts";
import { compileTagChange, compileTagTest, tagsOf } from "./tags.ts";

export interface Mapped {
  readonly onPrometheus: OnPrometheus;
  readonly look: Look;
}

/** What a rule may ask of a series. */
export type MappedSeries = Pick<Series, "name" | "tags" | "host" | "kind">;

/** What Prometheus calls a series; a pure function of it. */
export interface ExporterMapper {
  map(series: MappedSeries): Mapped;
}

/** Names whose rule is remembered: one name comes with many tag sets. */
const NAMES_MAX = 1_000;

/** What a rule makes of a name. */
interface Answer {
  readonly rule: number;
  readonly name: string;
  readonly labels: OnPrometheus["labels"];
}

/**
 * statsd_exporter's mapper. Of the rules that fit, a regular expression with priority first counts before globs, and globs
 * before other regular expressions, whatever their order in the file.
 */
export function createExporterMapper(prepared: PreparedMapping): ExporterMapper {
  const { rules, looks, unmapped } = prepared;
  const find = createFinder(prepared);
  const changes = rules.map(compileTagChange);
  const none: Mapped = { look: unmapped, onPrometheus: onPrometheus(undefined, -1, unmapped) };
  const readsTags = rules.some(({ matchTags }) => matchTags.length > 0);
  const known = new Map<string, Answer | undefined>();

  function answerTo(series: MappedSeries): Answer | undefined {
    const { name, kind } = series;
    if (readsTags) return find(name, kind, tagsOf(series));
    const key = `${kind} ${name}`;
    if (known.has(key)) return known.get(key);
    const found = find(name, kind, []);
    if (known.size >= NAMES_MAX) known.delete(known.keys().next().value as string);
    known.set(key, found);
    return found;
  }

  return {
    map(series) {
      const answer = answerTo(series);
      if (answer === undefined) return none;
      const look = looks[answer.rule] as Look;
      const base = onPrometheus(rules[answer.rule], answer.rule, look);
      const tags = changes[answer.rule]?.(tagsOf(series));
      return { look, onPrometheus: { ...base, name: answer.name, labels: answer.labels, tags } };
    },
  };
}

function onPrometheus(rule: ExporterRule | undefined, number: number, { treatment }: Look): OnPrometheus {
  return {
    rule: number,
    isDropped: rule?.isDrop ?? false,
    name: undefined,
    tags: undefined,
    labels: [],
    tagsWin: rule?.tagsWin ?? false,
    treatment,
  };
}

type Find = (name: string, kind: Kind, tags: readonly string[]) => Answer | undefined;

function createFinder({ rules, isOrdered }: Pick<PreparedMapping, "rules" | "isOrdered">): Find {
  const numbered = rules.map(({ match, matchType, isFirst }, rule) => ({ rule, match, matchType, isFirst }));
  const globs = createGlobFinder(
    numbered.filter(({ matchType }) => matchType === "glob"),
    isOrdered,
  );
  const regexes = numbered.filter(({ matchType }) => matchType === "regex");
  const early = createRegexFinder(regexes.filter(({ isFirst }) => isFirst));
  const late = createRegexFinder(regexes.filter(({ isFirst }) => !isFirst));
  const tests = rules.map(compileTagTest);
  const templates = rules.map((rule) => compileTemplates(rule));

  return (name, kind, tags) => {
    const suits = (rule: number): boolean =>
      (rules[rule]?.kinds?.includes(kind) ?? true) && (tests[rule]?.(tags) ?? true);
    const regex = early(name, suits);
    const glob = regex === undefined ? globs(name, suits) : undefined;
    const found = regex ?? glob ?? late(name, suits);
    if (found === undefined) return undefined;
    const fill = templates[found.rule] as Templates;
    return {
      rule: found.rule,
      name: "groups" in found ? fill.name.regex(found.groups) : fill.name.glob(name, found.captures),
      labels: fill.labels.map(([key, value]) => [
        key,
        "groups" in found ? value.regex(found.groups) : value.glob(name, found.captures),
      ]),
    };
  };
}

interface BothTemplates {
  readonly glob: ReturnType<typeof compileGlobTemplate>;
  readonly regex: ReturnType<typeof compileTemplate>;
}

interface Templates {
  readonly name: BothTemplates;
  readonly labels: readonly (readonly [key: string, value: BothTemplates])[];
}

function compileTemplates({ name, labels }: ExporterRule): Templates {
  const both = (text: string): BothTemplates => ({ glob: compileGlobTemplate(text), regex: compileTemplate(text) });
  return { name: both(name), labels: labels.map(([key, value]) => [key, both(value)]) };
}
