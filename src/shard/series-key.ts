import { kindRow } from "../model/kind.ts";
import type { Series } from "../model/series.ts";

const ENCODER = new TextEncoder();

/**
 * The bytes that are equal exactly when two series are equal. Every text carries its length, because names and tags may
 * hold any byte and so no separator is safe. The layout is not part of it: it follows from the kind.
 */
export function seriesKey({ kind, host, name, tags }: Series): Uint8Array {
  let key = `${kindRow(kind).code}${host === undefined ? "-" : `+${host.length}:${host}`}${name.length}:${name}`;
  for (const tag of tags) key += `${tag.length}:${tag}`;
  return ENCODER.encode(key);
}
