import type { Series } from "../../model/series.ts";

/** What may stand in a log's tag as it is: the format ends it at a comma, a blank or a line end. */
const UNSAFE = /[^!#-$&-+.-~\u00a1-\u{10ffff}-]|\ufeff|\u2028|\u2029/gu;

/**
 * A series as the tag of its lines: `checkout.latency;env:prod;route:/a`, with `@host` where it has one of its own. Other
 * characters are written as in URLs, so that any name makes one tag, and two names never the same.
 */
export function tagOf({ name, tags, host }: Pick<Series, "name" | "tags" | "host">): string {
  const parts = [name, ...tags].map((part) => escape(part).replaceAll(";", "%3B").replaceAll("@", "%40"));
  return parts.join(";") + (host === undefined ? "" : `@${escape(host).replaceAll("@", "%40")}`);
}

function escape(text: string): string {
  return text.toWellFormed().replace(UNSAFE, (character) => encodeURIComponent(character));
}
