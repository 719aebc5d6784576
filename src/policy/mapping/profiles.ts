import { assert } from "../../std/assert.ts";
import { IDENTITY } from "./mapping.ts";
import type { Mapping } from "./mapping.ts";
import { compilePattern } from "./pattern.ts";
import type { Pattern } from "./pattern.ts";
import type { Profile, ProfileRule } from "./profile.ts";
import { compileTemplate } from "./template.ts";
import type { Template } from "./template.ts";

/** Names whose answer is remembered. One name comes with many tag sets, so most new keys have a name that is known. */
const NAMES_MAX = 1_000;

interface Answer {
  readonly name: string;
  readonly tags: readonly string[];
  readonly rule: string;
}

/**
 * The Agent's DogStatsD mapper. The first profile whose prefix a name has is the only one that is asked; in it the first
 * mapping that matches gives the name and adds its tags behind the client's. The kind plays no part. `profiles` come
 * from `readProfiles`.
 *
 * One difference: where the template of the name comes out empty, the series stays as it was; the Agent sends a series
 * without a name, which no output can show.
 */
export function createProfileMapping(profiles: readonly Profile[]): Mapping {
  if (profiles.length === 0) return IDENTITY;
  const compiled = profiles.map((profile) => ({
    prefix: profile.prefix === "*" ? "" : profile.prefix,
    rules: profile.rules.map((rule, index) => compileRule(profile.name, rule, index + 1)),
  }));
  const known = new Map<string, Answer | undefined>();

  function answer(name: string): Answer | undefined {
    const profile = compiled.find(({ prefix }) => name.startsWith(prefix));
    for (const rule of profile?.rules ?? []) {
      const groups = rule.pattern(name);
      if (groups === undefined) continue;
      const mapped = rule.name(groups);
      if (mapped === "") return undefined;
      return { name: mapped, tags: rule.tags.map(([key, value]) => `${key}:${value(groups)}`), rule: rule.title };
    }
    return undefined;
  }

  function remembered(name: string): Answer | undefined {
    if (known.has(name)) return known.get(name);
    const found = answer(name);
    if (known.size >= NAMES_MAX) known.delete(known.keys().next().value as string);
    known.set(name, found);
    return found;
  }

  return {
    map(name, tags) {
      const found = remembered(name);
      if (found === undefined) return { name, tags };
      return { name: found.name, tags: [...tags, ...found.tags], rule: found.rule };
    },
  };
}

interface CompiledRule {
  readonly title: string;
  readonly pattern: Pattern;
  readonly name: Template;
  readonly tags: readonly (readonly [key: string, value: Template])[];
}

function compileRule(profile: string, rule: ProfileRule, number: number): CompiledRule {
  const pattern = compilePattern(rule.match, rule.matchType);
  assert(pattern.ok, "a profile that was read has patterns that compile");
  return {
    title: `profile ${JSON.stringify(profile)}, mapping ${number}: ${rule.match}`,
    pattern: pattern.value,
    name: compileTemplate(rule.name),
    tags: rule.tags.map(([key, value]) => [key, compileTemplate(value)] as const),
  };
}
