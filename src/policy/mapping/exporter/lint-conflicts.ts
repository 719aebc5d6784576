import type { Finding } from "./lint.ts";
import type { ExporterRule } from "./rule.ts";

/** Rules that give one name to series that cannot be shown under one name. Only names without references are known. */
export function* findConflicts(rules: readonly ExporterRule[]): Generator<Finding> {
  const first = new Map<string, ExporterRule>();
  for (const rule of rules) {
    if (rule.isDrop || rule.name.includes("$")) continue;
    const other = first.get(rule.name);
    if (other === undefined) {
      first.set(rule.name, rule);
      continue;
    }
    const conflict = conflictOf(other, rule);
    if (conflict === undefined) continue;
    const problem = `gives the name ${rule.name} as line ${other.line} does, ${conflict.problem}`;
    yield { rule, problem, remedy: conflict.remedy };
  }
}

function conflictOf(first: ExporterRule, second: ExporterRule): Omit<Finding, "rule"> | undefined {
  const [left, right] = [typeOf(first), typeOf(second)];
  if (left !== undefined && right !== undefined && left !== right) {
    const problem = `to a ${right} where that is a ${left}: what comes second is not shown`;
    return { problem, remedy: "write two names" };
  }
  const areHistograms = first.observer === "histogram" && second.observer === "histogram";
  if (areHistograms && JSON.stringify(first.buckets) !== JSON.stringify(second.buckets)) {
    const problem = "with other buckets: series with equal labels cannot be added up";
    return { problem, remedy: "write the same buckets, or two names" };
  }
  if (first.treatment.help !== second.treatment.help) {
    return { problem: "with another help text: the first one is shown", remedy: "write the help once" };
  }
  return undefined;
}

/** Where a rule is for one type only. */
function typeOf({ kinds, observer }: ExporterRule): string | undefined {
  if (kinds === undefined) return undefined;
  if (kinds.includes("timer")) return observer ?? "summary";
  return kinds.includes("set") ? "gauge" : kinds[0];
}
