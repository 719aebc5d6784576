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

/** Prefixes that the page keeps for this server and for Prometheus. */
const RESERVED_NAMES = /^(?:tallyd|process|nodejs|scrape)_|^up$/;

/** Rules that are valid and do not do what they seem to: all are warnings. */
export function lintMapping(mapping: ExporterMapping): readonly MappingProblem[] {
  const findings = [
    ...findDead(mapping),
    ...mapping.rules.filter(({ isDrop }) => !isDrop).flatMap((rule) => [...findEmpty(rule), ...findReserved(rule)]),
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

function* findReserved(rule: ExporterRule): Generator<Finding> {
  if (RESERVED_NAMES.test(rule.name)) {
    const problem = `has the name ${rule.name}, which is kept for the server's own metrics`;
    yield { rule, problem: `${problem}: it is shown as statsd_${rule.name}`, remedy: "write another name" };
  }
  const own = rule.observer === "histogram" ? ["le"] : ["quantile"];
  const mayObserve = rule.kinds === undefined || rule.kinds.includes("timer");
  for (const [key] of rule.labels) {
    if (!key.startsWith("__") && !(mayObserve && own.includes(key))) continue;
    const problem = `has the label ${key}, which Prometheus keeps for itself: it is shown as exported_${key}`;
    yield { rule, problem, remedy: "write another label" };
  }
  if (rule.treatment.scale < 0 && (rule.kinds === undefined || rule.kinds.includes("counter"))) {
    const problem = `has the scale ${rule.treatment.scale}: counters would fall, and are not shown`;
    yield { rule, problem, remedy: "write a scale above 0, or match_metric_type: gauge" };
  }
}
