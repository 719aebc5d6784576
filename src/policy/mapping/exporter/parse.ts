import { PLAIN } from "../../../model/treatment.ts";
import { fieldsOf } from "./fields.ts";
import { readOptions } from "./options.ts";
import { Problems } from "./problem.ts";
import type { MappingProblem, Reporter } from "./problem.ts";
import { readRule } from "./read-rule.ts";
import type { Defaults } from "./read-rule.ts";
import type { ExporterMapping, ExporterRule } from "./rule.ts";
import { readObserver, treatmentOf, TTL } from "./shared.ts";
import { isNull } from "./scalar.ts";
import { readYaml } from "./yaml.ts";
import type { Node } from "./yaml.ts";

export const NO_MAPPING: ExporterMapping = {
  rules: [],
  defaults: { observer: undefined, buckets: undefined, treatment: PLAIN },
  isOrdered: true,
};

/** Each is held in every shard, and a new name may be compared with each. */
export const RULES_MAX = 10_000;

const DEFAULTS_KEYS = [
  "observer_type",
  "match_type",
  "glob_disable_ordering",
  "ttl",
  "summary_options",
  "histogram_options",
  "timer_type",
  "buckets",
  "quantiles",
];

export interface MappingParsed {
  /** Without the rules that have errors; not to be used where there are any. */
  readonly mapping: ExporterMapping;
  readonly problems: readonly MappingProblem[];
}

export interface MappingPart {
  readonly text: string;
  /** As the user called it. */
  readonly file: string;
  /** Number of the text's first line; 1 unless it was taken out of another file. */
  readonly firstLine?: number;
  /** Rules alone, or defaults alone; absent = a whole file. */
  readonly part?: "list" | "defaults";
}

/** Reads a mapping file of statsd_exporter. Pure; every problem of the file comes in one answer. */
export function parseMapping(text: string, file = "mapping"): MappingParsed {
  return parseMappings([{ text, file }]);
}

/**
 * Reads several as one: rules in their order. The defaults of a file are for the rules in it; those of the first file
 * that has any are for series without a rule, too. The defaults of the configuration are for the rules in it.
 */
export function parseMappings(texts: readonly MappingPart[]): MappingParsed {
  const problems: MappingProblem[] = [];
  const rules: ExporterRule[] = [];
  let common: Defaults | undefined;
  let inline: Defaults | undefined;
  for (const given of texts) {
    const report = new Problems(given.file);
    const root = readYaml(given.text, report, given.firstLine);
    const sections = root === undefined ? {} : sectionsOf(root, given.part, report);
    const own = sections.defaults === undefined ? undefined : readDefaults(sections.defaults, report);
    if (own !== undefined && common !== undefined && own.isOrdered !== common.isOrdered) {
      report.error(own.line, "orders globs otherwise than an earlier file", "say the same of glob_disable_ordering");
    }
    common ??= own;
    // Rules of the configuration file have defaults in a key of their own, which comes first.
    if (given.part === "defaults") inline = own;
    const defaults = own ?? (given.part === "list" ? inline : undefined) ?? NO_DEFAULTS;
    const list = sections.mappings === undefined ? [] : itemsOf(sections.mappings, report);
    for (const node of list.slice(0, RULES_MAX - rules.length)) {
      const rule = readRule(node, defaults, given.file, report);
      if (rule !== undefined) rules.push(rule);
    }
    if (list.length > RULES_MAX) report.error(1, `has ${list.length} rules`, `write at most ${RULES_MAX}`);
    problems.push(...report.found);
  }
  const { isOrdered, observer, ...rest } = common ?? NO_DEFAULTS;
  const defaults = {
    observer: observer === "" ? undefined : observer,
    buckets: rest.buckets,
    treatment: rest.treatment,
  };
  return { mapping: { rules, defaults, isOrdered }, problems };
}

export const NO_DEFAULTS: Defaults = {
  line: 1,
  observer: undefined,
  matchType: "glob",
  isOrdered: true,
  buckets: undefined,
  treatment: PLAIN,
};

interface Sections {
  readonly defaults?: Node | undefined;
  readonly mappings?: Node | undefined;
}

function sectionsOf(root: Node, part: "list" | "defaults" | undefined, report: Reporter): Sections {
  if (part === "list") return { mappings: root };
  if (part === "defaults") return { defaults: root };
  if (isNull(root)) return {};
  const fields = fieldsOf(root, "", ["defaults", "mappings"], report);
  return { defaults: fields.entry("defaults")?.value, mappings: fields.entry("mappings")?.value };
}

function itemsOf(node: Node, report: Reporter): readonly Node[] {
  if (node.type === "list") return node.items;
  report.error(node.line, "has mappings that are no list", 'write "- match: …" and "  name: …" for each rule');
  return [];
}

function readDefaults(node: Node, report: Reporter): Defaults {
  const fields = fieldsOf(node, "a section defaults", DEFAULTS_KEYS, report);
  const options = readOptions(fields, report, true);
  const observer = readObserver(fields, report);
  const ttlMs = fields.duration("ttl", TTL);
  return {
    line: node.line,
    observer,
    matchType: fields.word("match_type", ["glob", "regex", ""]) || "glob",
    isOrdered: fields.flag("glob_disable_ordering") !== true,
    buckets: options.buckets,
    treatment: treatmentOf(options, { ...PLAIN, ttlMs }),
  };
}
