import type { Kind } from "../../../model/kind.ts";
import type { Treatment } from "../../../model/treatment.ts";
import { late } from "../../../std/late.ts";
import { fieldsOf } from "./fields.ts";
import type { Fields } from "./fields.ts";
import { checkObserver, readOptions } from "./options.ts";
import { readObserver, treatmentOf, TTL } from "./shared.ts";
import type { Reporter } from "./problem.ts";
import type { ExporterRule, Observer } from "./rule.ts";
import type { Node } from "./yaml.ts";

const re2 = late("re2js");

/** What a file says of the rules in it. */
export interface Defaults {
  readonly line: number;
  readonly observer: Observer | "" | undefined;
  readonly matchType: "glob" | "regex";
  readonly isOrdered: boolean;
  readonly buckets: readonly number[] | undefined;
  readonly treatment: Treatment;
}

const RULE_KEYS = (
  "match match_type match_metric_type match_tags priority name help labels honor_labels drop_tags rename_tags " +
  "observer_type summary_options histogram_options action ttl scale timer_type buckets quantiles"
).split(" ");

/** As in statsd_exporter, and beside it `*` next to other characters of a segment: `req-*`, `*_total`. */
const GLOB = /^(?:[a-zA-Z_*][a-zA-Z0-9_\-*]*)(?:\.[a-zA-Z0-9_*][a-zA-Z0-9_\-*]*)*$/;
const NAME = /^(?:[a-zA-Z_]|\$\{?\d+\}?)(?:[a-zA-Z0-9_]|\$\{?\d+\}?)*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const MATCH_CHARACTERS_MAX = 2_000;

const OBSERVERS: readonly Kind[] = ["histogram", "timer", "distribution"];
const KINDS_OF = {
  counter: ["counter"],
  gauge: ["gauge"],
  observer: OBSERVERS,
  set: ["set"],
  timer: OBSERVERS,
} as const satisfies Readonly<Record<string, readonly Kind[]>>;

/** One entry of `mappings`; undefined where it has an error, which is reported. */
export function readRule(node: Node, defaults: Defaults, file: string, report: Reporter): ExporterRule | undefined {
  if (node.type !== "map") {
    report.error(node.line, "has a rule that is no map of keys", 'write "- match: …" and "  name: …"');
    return undefined;
  }
  const fields = fieldsOf(node, "a rule", RULE_KEYS, report);
  const matchType = fields.word("match_type", ["glob", "regex", ""]) || defaults.matchType;
  const match = readMatch(fields, matchType, report);
  const name = readName(fields, report);
  const shown = readShown(fields, defaults, report);
  const isFirst = fields.word("priority", ["first", "normal"]) === "first";
  if (isFirst && matchType !== "regex") {
    report.error(fields.lineOf("priority"), "has a priority, which is for regular expressions", "take it out");
  }
  const rule = {
    ...shown,
    file,
    line: node.line,
    matchType,
    kinds: readKinds(fields, report),
    matchTags: readTags(fields, "match_tags", report),
    isFirst,
    isDrop: fields.word("action", ["map", "drop", ""]) === "drop",
    labels: readLabels(fields, report),
    tagsWin: fields.flag("honor_labels") === true,
    dropTags: fields.texts("drop_tags"),
    renameTags: readTags(fields, "rename_tags", report),
  };
  if (match === undefined || name === undefined) return undefined;
  return { ...rule, match, name };
}

function readShown(
  fields: Fields,
  defaults: Defaults,
  report: Reporter,
): Pick<ExporterRule, "observer" | "buckets" | "treatment"> {
  const options = readOptions(fields, report, false);
  // "" is a word of its own: a summary, whatever the defaults say.
  const own = readObserver(fields, report);
  const observer = own === "" ? "summary" : (own ?? (defaults.observer || undefined));
  checkObserver(own === "" ? undefined : observer, options, fields.line, report);
  const scale = fields.number("scale");
  if (scale !== undefined && !Number.isFinite(scale)) {
    report.error(fields.lineOf("scale"), "has a scale that is not finite", "write a number such as 0.001");
  }
  if (scale !== undefined && scale <= 0 && observer === "histogram") {
    report.error(fields.lineOf("scale"), `has the scale ${scale} and buckets`, "write a scale above 0, or a summary");
  }
  const treatment = treatmentOf(options, {
    ...defaults.treatment,
    help: fields.text("help") || undefined,
    ttlMs: fields.duration("ttl", TTL) ?? defaults.treatment.ttlMs,
    scale: scale ?? 1,
  });
  return { observer, buckets: options.buckets ?? defaults.buckets, treatment };
}

function readMatch(fields: Fields, matchType: "glob" | "regex", report: Reporter): string | undefined {
  const match = fields.text("match");
  const line = fields.lineOf("match");
  if (matchType === "regex") return readRegex(match ?? "", line, report);
  if (match === undefined || match === "") {
    report.error(line, "has no match", 'write match: "app.*.count"');
    return undefined;
  }
  if (match.length <= MATCH_CHARACTERS_MAX && GLOB.test(match) && !match.includes("**")) return match;
  const what = `has the match ${JSON.stringify(match.slice(0, 80))}, which is no glob`;
  const isRegex = /[\\()[\]+?^$|{}]/.test(match);
  const remedy = isRegex
    ? "write match_type: regex"
    : "write segments of letters, digits, _, - and *, joined by dots; none is empty or starts with -";
  report.error(line, what, remedy);
  return undefined;
}

function readRegex(match: string, line: number, report: Reporter): string | undefined {
  if (match === "") report.warn(line, "has an empty regular expression, which fits every name", "write what it is for");
  if (match.length > MATCH_CHARACTERS_MAX) {
    report.error(line, "has a match that is too long", `write at most ${MATCH_CHARACTERS_MAX} characters`);
    return undefined;
  }
  try {
    re2().RE2JS.compile(match);
    return match;
  } catch (error) {
    const what = `has a match that is no regular expression of RE2: ${(error as Error).message}`;
    report.error(line, what, "correct it; RE2 has no look-around, back-references and possessive repetition");
    return undefined;
  }
}

function readName(fields: Fields, report: Reporter): string | undefined {
  const name = fields.text("name");
  const line = fields.lineOf("name");
  if (name === undefined || name === "") {
    report.error(line, "has no name", "write what the metric is called; with action: drop any word will do");
    return undefined;
  }
  if (NAME.test(name)) return name;
  const remedy = "write letters, digits and _, and $1 or ${1} for what was matched; no dots, dashes and colons";
  report.error(line, `has the name ${JSON.stringify(name.slice(0, 80))}`, remedy);
  return undefined;
}

function readLabels(fields: Fields, report: Reporter): ExporterRule["labels"] {
  const labels = fields.pairs("labels");
  for (const [key, , line] of labels) checkLabel(key, line, report);
  return labels.map(([key, value]) => [key, value]);
}

function checkLabel(label: string, line: number, report: Reporter): void {
  if (LABEL.test(label)) return;
  report.error(line, `has the label ${JSON.stringify(label)}`, "write letters, digits and _, no digit first");
}

/** Whole keys of tags, with the pattern of a value or with a label. */
function readTags(fields: Fields, group: "match_tags" | "rename_tags", report: Reporter): ExporterRule["matchTags"] {
  const pairs = fields.pairs(group);
  for (const [key, value, line] of pairs) {
    if (key === "" || key.includes("*")) {
      report.error(line, `has the key ${JSON.stringify(key)} in ${group}`, "write a whole key, without *");
    }
    if (group === "rename_tags") checkLabel(value, line, report);
  }
  return pairs.map(([key, value]) => [key, value]);
}

function readKinds(fields: Fields, report: Reporter): readonly Kind[] | undefined {
  const word = fields.word("match_metric_type", ["counter", "gauge", "observer", "set", "timer"]);
  if (word === "timer") {
    report.warn(
      fields.lineOf("match_metric_type"),
      "has the match_metric_type timer of old versions",
      "write observer",
    );
  }
  return word === undefined ? undefined : KINDS_OF[word];
}
