import type { Origin } from "../model/origin.ts";
import { parseOrigin } from "./origin.ts";
import { decodeTags, decodeText } from "./text.ts";

/** What a client called a series: as sent, before any policy. */
export interface Key {
  /** Never empty: the core refuses a line without a name. */
  readonly name: string;
  /** In wire order, duplicates and empty ones included. */
  readonly tags: readonly string[];
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
export function parseKey(name: Uint8Array, tags: Uint8Array): Key {
  const end = tags.indexOf(LF);
  const origin = end < 0 ? undefined : parseOrigin(tags.subarray(end + 1));
  return { name: decodeText(name), tags: decodeTags(end < 0 ? tags : tags.subarray(0, end)), origin };
}
