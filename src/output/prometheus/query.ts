import type { NativeMode } from "./options.ts";
import { parseSelector } from "./selector.ts";
import type { Selector } from "./selector.ts";

/** What a scraper asks for behind the `?`. */
export interface PageQuery {
  /** Families by their own name or that of one of their samples; undefined = all. */
  readonly names: ReadonlySet<string> | undefined;
  /** A series is shown when one of them selects it; undefined = all. */
  readonly selectors: readonly Selector[] | undefined;
  /** One part of the families of `shards`, whole ones; 0 and 1 = all. */
  readonly shard: number;
  readonly shards: number;
  readonly native: Exclude<NativeMode, "asked"> | undefined;
}

/** A query that cannot be answered; the message says what to write. `statusCode` is what HTTP answers. */
export class PageQueryError extends Error {
  override readonly name = "PageQueryError";
  readonly statusCode = 400;
}

export const WHOLE_PAGE: PageQuery = { names: undefined, selectors: undefined, shard: 0, shards: 1, native: undefined };

const SELECTORS_MAX = 64;
const NAMES_MAX = 1024;
const SHARDS_MAX = 1024;
const NATIVE = new Map<string, PageQuery["native"]>([
  ["1", "beside"],
  ["beside", "beside"],
  ["only", "only"],
  ["0", "off"],
]);

/**
 * Reads `name[]=NAME`, `match[]=SELECTOR` (each may come several times), `shard=0&shards=4` and `native=1|only|0`. Other
 * parameters are passed over, as exporters do. Throws a PageQueryError.
 */
export function parsePageQuery(search: string): PageQuery {
  if (search === "") return WHOLE_PAGE;
  const parameters = new URLSearchParams(search);
  const names = parameters.getAll("name[]");
  const matches = parameters.getAll("match[]");
  if (names.length > NAMES_MAX) throw new PageQueryError(`at most ${NAMES_MAX} name[] parameters are read`);
  if (matches.length > SELECTORS_MAX) throw new PageQueryError(`at most ${SELECTORS_MAX} match[] parameters are read`);
  return {
    names: names.length === 0 ? undefined : new Set(names),
    selectors: matches.length === 0 ? undefined : matches.map(selectorOf),
    ...shardOf(parameters),
    native: nativeOf(parameters.get("native")),
  };
}

function selectorOf(text: string): Selector {
  const parsed = parseSelector(text);
  if ("problem" in parsed) throw new PageQueryError(`match[]=${JSON.stringify(text.slice(0, 200))}: ${parsed.problem}`);
  return parsed;
}

function shardOf(parameters: URLSearchParams): Pick<PageQuery, "shard" | "shards"> {
  const shards = wholeOf(parameters.get("shards") ?? "1");
  const shard = wholeOf(parameters.get("shard") ?? "0");
  if (shards === undefined || shards < 1 || shards > SHARDS_MAX)
    throw new PageQueryError(`shards is a whole number from 1 to ${SHARDS_MAX}`);
  if (shard === undefined || shard >= shards)
    throw new PageQueryError("shard is a whole number from 0 to one less than shards, as in ?shard=0&shards=4");
  return { shard, shards };
}

function wholeOf(text: string): number | undefined {
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

function nativeOf(text: string | null): PageQuery["native"] {
  if (text === null) return undefined;
  if (!NATIVE.has(text)) throw new PageQueryError("native is 1 (beside classic buckets), only or 0");
  return NATIVE.get(text);
}

/** Which shard of `shards` shows a family: FNV-1a over its name, so that it stays there over restarts and servers. */
export function shardOfName(name: string, shards: number): number {
  if (shards === 1) return 0;
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  // The low bits of FNV-1a alone are weak.
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  return ((hash ^ (hash >>> 13)) >>> 0) % shards;
}
