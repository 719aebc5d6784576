import type { PolicyOptions } from "../../src/policy/policy.ts";

/** A policy that leaves every series as it is. */
export const POLICY_OPTIONS: PolicyOptions = {
  profiles: [],
  globalTags: [],
  namespace: "",
  namespaceExempt: [],
  allow: [],
  deny: [],
  denyPrefixes: [],
  tagRules: [],
  originTags: [],
  layoutPlain: 0,
  layoutTimer: 0,
};
