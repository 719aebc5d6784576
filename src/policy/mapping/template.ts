import { parseDecimal } from "../../std/decimal.ts";

/** The groups of a match by number, 0 for the whole, and by name; undefined and null where a group took no part. */
export interface Groups {
  byNumber(group: number): string | null | undefined;
  byName(group: string): string | null | undefined;
}

/** Fills a template with what a pattern has matched. */
export type Template = (groups: Groups) => string;

/**
 * What stands behind a `$`: a second `$`, a name in braces, or the longest name without them. A name is letters, digits
 * and underscores, so `$1_x` is the group called `1_x`, and `${1}_x` is the first group with `_x` behind it. The three are captured.
 */
export const REFERENCE = /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;

/** A name of digits only is a number, unless it starts with a needless zero or is beyond any group's number. */
const NUMBER = /^(?:0|[1-9]\d{0,8})$/;

/** Reads a template by the rules of Go's `Regexp.Expand`: what is no reference is text, a group that is not there is "". */
export function compileTemplate(text: string): Template {
  const parts: (string | Template)[] = [];
  let end = 0;
  for (const found of text.matchAll(REFERENCE)) {
    const [whole, dollar, braced, bare] = found;
    parts.push(text.slice(end, found.index));
    parts.push(dollar ?? group(braced ?? bare ?? ""));
    end = found.index + whole.length;
  }
  parts.push(text.slice(end));
  return (groups) => parts.map((part) => (typeof part === "string" ? part : part(groups))).join("");
}

function group(name: string): Template {
  const number = NUMBER.test(name) ? parseDecimal(name) : undefined;
  if (number === undefined) return (groups) => groups.byName(name) ?? "";
  return (groups) => groups.byNumber(number) ?? "";
}
