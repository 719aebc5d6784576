import type { Config } from "../config/config.ts";
import { buildLayouts } from "../policy/layout.ts";
import type { Layouts } from "../policy/layout.ts";
import { LAYOUTS_MAX, prepareMapping } from "../policy/mapping/exporter/prepare.ts";
import type { MappingProblem } from "../policy/mapping/exporter/problem.ts";
import { readProfiles } from "../policy/mapping/profile.ts";
import type { ProfileProblem } from "../policy/mapping/profile.ts";
import type { PolicyOptions } from "../policy/policy.ts";
import { observerDefaults, readMapping } from "./mapping.ts";

/** What a configuration makes of policy. */
export interface PolicyRead {
  readonly policy: PolicyOptions;
  readonly layouts: Layouts["layouts"];
  /** Faults that do not keep the rest from working. */
  readonly problems: readonly ProfileProblem[];
}

/** `known` are the layouts that live series have; what is answered begins with them. `epoch` counts how often it was read again. */
export function readPolicy(config: Config, known: Layouts["layouts"] = [], epoch?: number): PolicyRead {
  const { layouts, layoutPlain, layoutTimer } = buildLayouts(config.histogram, known);
  const { profiles, problems } = readProfiles(config.mapperProfiles);
  const { exporter, ...rest } = readExporter(config, layouts);
  return {
    policy: {
      ...config.policy,
      ...exporter,
      profiles,
      layoutPlain,
      layoutTimer,
      ...(epoch !== undefined && { epoch }),
    },
    layouts: rest.layouts,
    problems: [...problems, ...rest.problems],
  };
}

interface ExporterRead {
  readonly exporter: Pick<PolicyOptions, "exporter" | "isForPrometheusOnly">;
  readonly layouts: Layouts["layouts"];
  readonly problems: readonly ProfileProblem[];
}

/** statsd_exporter's rules. `loadSettings` has refused a configuration whose rules have errors; files may change since. */
function readExporter(config: Config, known: Layouts["layouts"]): ExporterRead {
  const { mapping, problems } = readMapping(config);
  const errors = problems.filter(({ level }) => level === "error");
  const isAbsent = config.mapping.files.length === 0 && config.mapping.rules === undefined;
  if (errors.length > 0 || (isAbsent && config.mapping.defaults === undefined)) {
    return { exporter: {}, layouts: known, problems: errors.map(asProblem) };
  }
  const { prepared, layouts } = prepareMapping(mapping, observerDefaults(config), known);
  if (layouts.length > LAYOUTS_MAX) return { exporter: {}, layouts: known, problems: [tooManyLayouts(layouts.length)] };
  const isForPrometheusOnly = config.prometheus.enabled && !config.datadog.enabled;
  return { exporter: { exporter: prepared, isForPrometheusOnly }, layouts, problems: [] };
}

function asProblem({ file, line, problem, remedy }: MappingProblem): ProfileProblem {
  return { where: `${file} line ${line}`, problem, remedy, isRefused: true };
}

function tooManyLayouts(count: number): ProfileProblem {
  const problem = `brings the combinations of buckets, scale and unit of all rules since the start to ${count}`;
  return { where: "the mapping", problem, remedy: `restart; ${LAYOUTS_MAX} is the most`, isRefused: true };
}
