import { createPolicy } from "../policy/policy.ts";
import type { Policy, PolicyOptions } from "../policy/policy.ts";

/** The policy that holds now: whoever asks it needs not to know that there may be another one later. */
export interface CurrentPolicy extends Policy {
  /** From now on `options` hold. What was bound under the earlier ones is for the caller to ask again. */
  use(options: PolicyOptions): void;
}

export function createCurrentPolicy(options: PolicyOptions): CurrentPolicy {
  let policy = createPolicy(options);
  return {
    bind: (name, tags, kind, origin) => policy.bind(name, tags, kind, origin),
    bindTimestamped: (name, tags, kind, origin) => policy.bindTimestamped(name, tags, kind, origin),
    overflow: (series) => policy.overflow(series),
    describe: (tags, origin) => policy.describe(tags, origin),
    use(next) {
      policy = createPolicy(next);
    },
  };
}
