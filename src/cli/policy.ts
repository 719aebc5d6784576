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

/** `known` are the layouts that live series have; what is answered begins with them. */
export function readPolicy(config: Config, known: Layouts["layouts"] = []): PolicyRead {
  const { layouts, layoutPlain, layoutTimer } = buildLayouts(config.histogram, known);
  const { profiles, problems } = readProfiles(config.mapperProfiles);
  return {
    policy: { ...config.policy, profiles, layoutPlain, layoutTimer },
    layouts,
    problems,
  };
}
