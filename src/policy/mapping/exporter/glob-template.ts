import { parseDecimal } from "../../../std/decimal.ts";

/** Fills a template with what a glob has matched; `captures[0]` is the first `*`. */
export type GlobTemplate = (name: string, captures: readonly string[]) => string;

/**
 * statsd_exporter's references in templates of globs, which are not those of its regular expressions:
 *
 *     $1  ${1}  ${1  $1}        the first capture; braces may be there or not
 *     $1_a  $12  $x  ${2$1}     "": a name is as long as there are letters, digits, _ and $
 *     $0                        the whole name (there it is "")
 */
export const GLOB_REFERENCE = /\$\{?([a-zA-Z0-9_$]+)\}?/g;

/** A name of at most nine digits is a number. */
const NUMBER = /^\d{1,9}$/;

export function compileGlobTemplate(text: string): GlobTemplate {
  const parts: (string | number)[] = [];
  let end = 0;
  for (const found of text.matchAll(GLOB_REFERENCE)) {
    parts.push(text.slice(end, found.index));
    const name = found[1] ?? "";
    parts.push(NUMBER.test(name) ? (parseDecimal(name) ?? Infinity) : Infinity);
    end = found.index + found[0].length;
  }
  if (parts.length === 0) return () => text;
  parts.push(text.slice(end));
  return (name, captures) =>
    parts.map((part) => (typeof part === "string" ? part : part === 0 ? name : (captures[part - 1] ?? ""))).join("");
}
