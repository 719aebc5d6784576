import type { MappingProblem } from "./problem.ts";
import type { ExporterMapping } from "./rule.ts";

/** Rules that ask for a window of quantiles of their own: there is one for all series, that of the defaults. */
export function findWindows({ rules, defaults }: ExporterMapping): MappingProblem[] {
  const { windowMs, ageBuckets } = defaults.treatment;
  const others = rules.filter(
    ({ treatment }) =>
      (treatment.windowMs ?? windowMs) !== windowMs || (treatment.ageBuckets ?? ageBuckets) !== ageBuckets,
  );
  return others.map(({ file, line }) => ({
    file,
    line,
    level: "warning",
    problem: "has a max_age or age_buckets of its own, which is not used: the window is one for all series",
    remedy: "write it under defaults, or as prometheus.window",
  }));
}
