import type { Dialects } from "../model/dialect.ts";
import type { Origin } from "../model/origin.ts";
import { readNameTags } from "./dialect.ts";
import { parseOrigin } from "./origin.ts";
import { decodeFields, decodeText, cutTags } from "./text.ts";

/** What a client called a series: as sent, before any policy. */
export interface Key {
  /** Never empty: the core refuses a line without a name. */
  readonly name: string;
  /** In wire order, duplicates and empty ones included. */
  readonly tags: readonly string[];
  /** True where both the name and the tag section have tags. */
  readonly isMixed: boolean;
  /** Parts of the name that were left out because they are no `key=value`. */
  readonly tagErrors: number;
  /** Undefined where the line does not say it, or the core was not asked for it. */
  readonly origin: Origin | undefined;
}

const LF = 0x0a;

/**
 * The name and tags of a raw key. The core hands over the two sections that it cut out of the line:
 *
 *     page.views:1|c|#env:prod,host:web-1
 *     ^^^^^^^^^^      ^^^^^^^^^^^^^^^^^^^
 *     name           tags
 *
 * Where origin fields belong to the key, they follow the tags behind a line feed, which no section of a line can hold.
 */
export function parseKey(name: Uint8Array, tags: Uint8Array, dialects: Dialects): Key {
  const end = tags.indexOf(LF);
  const section = end < 0 ? tags : tags.subarray(0, end);
  const origin = end < 0 ? undefined : parseOrigin(decodeFields(tags.subarray(end + 1)));
  return keyOf(decodeText(name), decodeText(section), origin, dialects);
}

/**
 * Of a key that has tags both in its name and in its section, the section decides: with the dialect on `auto` the name
 * stays as it was sent, as in the Agent; with `true` both have their say. statsd_exporter drops such samples.
 */
export function keyOf(sent: string, section: string, origin: Origin | undefined, dialects: Dialects): Key {
  const tags = dialects.dogstatsd ? cutTags(section) : [];
  const read = readNameTags(sent, dialects);
  if (read === undefined) return { name: sent, tags, isMixed: false, tagErrors: 0, origin };
  const isMixed = tags.length > 0 && read.tags.length > 0;
  if (isMixed && !read.isForced) return { name: sent, tags, isMixed, tagErrors: 0, origin };
  return { name: read.name, tags: [...read.tags, ...tags], isMixed, tagErrors: read.errors, origin };
}
