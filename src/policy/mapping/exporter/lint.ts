import { renameReserved } from "../../../model/reserved-name.ts";
import type { NamesKept } from "../../../model/reserved-name.ts";
import type { MappingProblem } from "./problem.ts";
import type { ExporterMapping, ExporterRule } from "./rule.ts";
import { findConflicts } from "./lint-conflicts.ts";
import { findDead } from "./lint-dead.ts";
import { findEmpty } from "./lint-references.ts";

/** What a look at rules found out; told with the file and line of `rule`. */
export interface Finding {
  readonly rule: ExporterRule;
  readonly problem: string;
  readonly remedy: string;
}

/** Rules that are valid and do not do what they seem to: all are warnings. `kept` are names that the page keeps for others. */
export function lintMapping(mapping: ExporterMapping, kept: NamesKept): readonly MappingProblem[] {
  const shown = mapping.rules.filter(({ isDrop }) => !isDrop);
  const findings = [
    ...findDead(mapping),
    ...shown.flatMap((rule) => [...findEmpty(rule), ...findReserved(rule, kept), ...findReservedLabels(rule)]),
    ...findConflicts(mapping.rules),
  ];
  return findings.map(({ rule, problem, remedy }) => ({
    file: rule.file,
    line: rule.line,
    level: "warning",
    problem,
    remedy,
  }));
}

function* findReserved(rule: ExporterRule, kept: NamesKept): Generator<Finding> {
  const { prefix, ending } = renameReserved(rule.name, kept);
  if (prefix !== "" || ending !== "") {
    const whose = ending === "" ? "the server's own metrics" : "when series were last seen";
    const problem = `has the name ${rule.name}, which is kept for ${whose}: it is shown as ${prefix}${rule.name}${ending}`;
    yield { rule, problem, remedy: "write another name" };
  }
  if (rule.treatment.scale < 0 && (rule.kinds === undefined || rule.kinds.includes("counter"))) {
    const problem = `has the scale ${rule.treatment.scale}: counters would fall, and are not shown`;
    yield { rule, problem, remedy: "write a scale above 0, or match_metric_type: gauge" };
  }
}

/** Labels of a rule, and those that it makes of tags: the latter may not be a scraper's own either. */
function* findReservedLabels(rule: ExporterRule): Generator<Finding> {
  const mayObserve = rule.kinds === undefined || rule.kinds.includes("timer");
  const own = mayObserve ? [rule.observer === "histogram" ? "le" : "quantile"] : [];
  const labels = rule.labels.filter(([key]) => isKept(key, own)).map(([key]) => key);
  const renamed = rule.renameTags.filter(([, label]) => isKept(label, [...own, "job", "instance"]));
  for (const key of [...labels, ...renamed.map(([, label]) => label)]) {
    const problem = `has the label ${key}, which Prometheus keeps for itself: it is shown as exported_${key}`;
    yield { rule, problem, remedy: "write another label" };
  }
}

function isKept(label: string, own: readonly string[]): boolean {
  return label.startsWith("__") || own.includes(label);
}
