import type { Series } from "../../model/series.ts";

/** Stands for the hash of a series of which only its row is known, because it was restored from a file. */
export const NOT_SENT = 0;

/** A 32-bit hash (FNV-1a over UTF-16 units) of what a series was sent as, never NOT_SENT; only ever used to count merged names. */
export function originHash(series: Series): number {
  let hash = 0x811c9dc5;
  for (const text of [series.name, ...series.tags, series.host ?? "\n"]) {
    for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    hash = Math.imul(hash ^ 0xffff, 0x01000193);
  }
  return hash === NOT_SENT ? 1 : hash;
}
