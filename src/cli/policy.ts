import type { Config } from "../config/config.ts";
import { buildLayouts } from "../policy/layout.ts";
import type { Layouts } from "../policy/layout.ts";
import { readProfiles } from "../policy/mapping/profile.ts";
import type { ProfileProblem } from "../policy/mapping/profile.ts";
import type { PolicyOptions } from "../policy/policy.ts";

/** What a configuration makes of policy. */
export interface PolicyRead {
  readonly policy: PolicyOptions;
  readonly layouts: Layouts["layouts"];
  /** Faults that do not keep the rest from working. */
  readonly problems: readonly ProfileProblem[];
}

export function readPolicy(config: Config): PolicyRead {
  const { layouts, layoutPlain, layoutTimer } = buildLayouts(config.histogram);
  const { profiles, problems } = readProfiles(config.mapperProfiles);
  return {
    policy: { ...config.policy, profiles, layoutPlain, layoutTimer },
    layouts,
    problems,
  };
}
