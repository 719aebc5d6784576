import { compileSegment } from "./segment.ts";
import type { ExporterRule } from "./rule.ts";

/** Whether the tags of a series are those that a rule asks for. */
export type TagTest = (tags: readonly string[]) => boolean;

/** Every key must be there with a value that fits; a tag without a value has the value "". Undefined: nothing is asked. */
export function compileTagTest({ matchTags }: Pick<ExporterRule, "matchTags">): TagTest | undefined {
  if (matchTags.length === 0) return undefined;
  const tests = matchTags.map(([key, pattern]) => {
    const fits = compileSegment(pattern);
    const isFixed = !pattern.includes("*");
    return (tag: string): boolean => {
      const colon = tag.indexOf(":");
      if ((colon < 0 ? tag : tag.slice(0, colon)) !== key) return false;
      const value = colon < 0 ? "" : tag.slice(colon + 1);
      return isFixed ? value === pattern : fits(value) !== undefined;
    };
  });
  return (tags) => tests.every((test) => tags.some(test));
}

/** The tags that Prometheus sees. */
export type TagChange = (tags: readonly string[]) => readonly string[];

/** Drops, then renames. Undefined: nothing changes. */
export function compileTagChange({
  dropTags,
  renameTags,
}: Pick<ExporterRule, "dropTags" | "renameTags">): TagChange | undefined {
  if (dropTags.length === 0 && renameTags.length === 0) return undefined;
  const exact = new Set(dropTags.filter((key) => !key.endsWith("*")));
  const prefixes = dropTags.filter((key) => key.endsWith("*")).map((key) => key.slice(0, -1));
  const names = new Map(renameTags);
  return (tags) => {
    const kept: string[] = [];
    for (const tag of tags) {
      const colon = tag.indexOf(":");
      const key = colon < 0 ? tag : tag.slice(0, colon);
      if (exact.has(key) || prefixes.some((prefix) => key.startsWith(prefix))) continue;
      const name = names.get(key);
      kept.push(name === undefined ? tag : name + (colon < 0 ? "" : tag.slice(colon)));
    }
    return kept;
  };
}
