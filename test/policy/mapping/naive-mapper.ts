import type { Profile, ProfileRule } from "../../../src/policy/mapping/profile.ts";

/** The mapper's rules for wildcards, written down a second time: character by character, without regular expressions. */
export function naiveMap(profiles: readonly Profile[], name: string): { name: string; tags: string[] } | undefined {
  for (const profile of profiles) {
    if (profile.prefix !== "*" && name.slice(0, profile.prefix.length) !== profile.prefix) continue;
    for (const rule of profile.rules) {
      const groups = naiveMatch(rule.match, name);
      if (groups !== undefined) return filled(rule, [name, ...groups]);
    }
    return undefined;
  }
  return undefined;
}

function filled(rule: ProfileRule, groups: readonly string[]): { name: string; tags: string[] } | undefined {
  const name = naiveExpand(rule.name, groups);
  if (name === "") return undefined;
  return { name, tags: rule.tags.map(([key, value]) => `${key}:${naiveExpand(value, groups)}`) };
}

/** What the stars took, each as much as it can, the first star first; undefined where the name does not match. */
export function naiveMatch(pattern: string, name: string): string[] | undefined {
  if (pattern === "") return name === "" ? [] : undefined;
  if (pattern[0] !== "*") return name[0] === pattern[0] ? naiveMatch(pattern.slice(1), name.slice(1)) : undefined;
  const dot = name.indexOf(".");
  for (let taken = dot < 0 ? name.length : dot; taken >= 0; taken--) {
    const rest = naiveMatch(pattern.slice(1), name.slice(taken));
    if (rest !== undefined) return [name.slice(0, taken), ...rest];
  }
  return undefined;
}

/** Go's `Expand` for ASCII templates and groups without names. */
export function naiveExpand(template: string, groups: readonly string[]): string {
  let out = "";
  for (let at = 0; at < template.length; at++) {
    if (template[at] !== "$") {
      out += template[at];
      continue;
    }
    if (template[at + 1] === "$") {
      out += "$";
      at++;
      continue;
    }
    const braced = template[at + 1] === "{";
    let end = at + (braced ? 2 : 1);
    let name = "";
    while (end < template.length && /\w/.test(template[end] as string)) name += template[end++];
    if (name === "" || (braced && template[end] !== "}")) {
      out += "$";
      continue;
    }
    if (String(Number(name)) === name) out += groups[Number(name)] ?? "";
    at = braced ? end : end - 1;
  }
  return out;
}
