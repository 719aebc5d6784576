import { kindRow } from "../model/kind.ts";
import type { Series } from "../model/series.ts";
import type { OnPrometheus } from "../model/treatment.ts";

const ENCODER = new TextEncoder();

/**
 * The bytes that are equal exactly when two series are equal. Every text carries its length, because names and tags may
 * hold any byte and so no separator is safe. The layout is not part of it: it follows from the kind, and from what a mapping
 * says. That is a part, as a hash, because rules may be read again: a series with another name on Prometheus, or other
 * buckets, then is another cell, which the outputs hear of.
 */
export function seriesKey({ kind, host, name, tags, prometheus, layout }: Series): Uint8Array {
  let key = `${kindRow(kind).code}${host === undefined ? "-" : `+${host.length}:${host}`}${name.length}:${name}`;
  for (const tag of tags) key += `${tag.length}:${tag}`;
  // A tag's length is a number, so that nothing else begins like this.
  if (prometheus !== undefined) key += `m${layout}.${mappingHash(prometheus)}`;
  return ENCODER.encode(key);
}

/** 53 bits of what a mapping says; the number of the rule is no part of it. Seeds and steps are cyrb53's. */
function mappingHash({ rule: _rule, ...said }: OnPrometheus): string {
  const text = JSON.stringify(said);
  let [low, high] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    low = Math.imul(low ^ code, 2654435761);
    high = Math.imul(high ^ code, 1597334677);
  }
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  return (4294967296 * (2097151 & high) + (low >>> 0)).toString(36);
}
