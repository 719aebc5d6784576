import { decodeTags, decodeText } from "./text.ts";

/** What a client called a series: as sent, before any policy. */
export interface Key {
  /** Never empty: the core refuses a line without a name. */
  readonly name: string;
  /** In wire order, duplicates and empty ones included. */
  readonly tags: readonly string[];
}

/**
 * The name and tags of a raw key. The core hands over the two sections that it cut out of the line:
 *
 *     page.views:1|c|#env:prod,host:web-1
 *     ^^^^^^^^^^      ^^^^^^^^^^^^^^^^^^^
 *     name           tags
 */
export function parseKey(name: Uint8Array, tags: Uint8Array): Key {
  return { name: decodeText(name), tags: decodeTags(tags) };
}
