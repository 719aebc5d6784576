import { compileSegment } from "./segment.ts";
import type { Series } from "../../../model/series.ts";
import type { ExporterRule } from "./rule.ts";

/** The tags of a series as rules see them: the host is one of them. */
export function tagsOf({ tags, host }: Pick<Series, "tags" | "host">): readonly string[] {
  return host === undefined ? tags : [...tags, `host:${host}`];
}

/** Whether the tags of a series are those that a rule asks for. */
export type TagTest = (tags: readonly string[]) => boolean;

/** Every key must be there with a value that fits; a tag without a value has the value "". Undefined: nothing is asked. */
export function compileTagTest({ matchTags }: Pick<ExporterRule, "matchTags">): TagTest | undefined {
  if (matchTags.length === 0) return undefined;
  const tests = matchTags.map(([key, pattern]) => {
    const fits = compilePattern(pattern);
    return (tag: string): boolean => keyOf(tag) === key && fits(valueOf(tag).slice(1));
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
  const drops = dropTags.map(compilePattern);
  const names = new Map(renameTags);
  return (tags) => {
    const kept: string[] = [];
    for (const tag of tags) {
      const key = keyOf(tag);
      if (drops.some((fits) => fits(key))) continue;
      const name = names.get(key);
      kept.push(name === undefined ? tag : name + valueOf(tag));
    }
    return kept;
  };
}

/** As statsd_exporter takes `#a:b,#c:d`: a `#` in front is no part of the key. */
function keyOf(tag: string): string {
  const colon = tag.indexOf(":");
  return tag.slice(tag.startsWith("#") ? 1 : 0, colon < 0 ? undefined : colon);
}

/** With the colon in front; "" where there is none. */
function valueOf(tag: string): string {
  const colon = tag.indexOf(":");
  return colon < 0 ? "" : tag.slice(colon);
}

/** A text in which `*` is any text. */
function compilePattern(pattern: string): (text: string) => boolean {
  if (!pattern.includes("*")) return (text) => text === pattern;
  const fits = compileSegment(pattern);
  return (text) => fits(text) !== undefined;
}
