import { ESCAPINGS } from "../spelling.ts";
import type { Escaping } from "../spelling.ts";
import { FORMATS, TEXT_004 } from "./format.ts";
import type { Format } from "./format.ts";

/** How a page is written for one scraper. */
export interface Negotiated {
  readonly format: Format;
  readonly escaping: Escaping;
  readonly contentType: string;
}

interface AcceptEntry {
  readonly mediaType: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/** Longer Accept headers are answered as if there were none. Prometheus sends about 400 bytes. */
const ACCEPT_LENGTH_MAX = 4096;

/**
 * The format for an Accept header: the explicitly named one with the highest quality, the first of equals, and text
 * 0.0.4 where none fits. A wildcard never wins, since every scraper that sends one understands that format
 * (Prometheus 2.49.0 even sends a wildcard of quality 2 by mistake). Names are escaped as the entry says, or else like any other
 * does: Prometheus from 3.4 on says it beside the text formats only, and its names must not depend on the format that it gets.
 */
export function negotiate(accept: string | undefined): Negotiated {
  let best: Format = TEXT_004;
  let asked: string | undefined;
  let quality = 0;
  const entries = parseAccept(accept ?? "");
  for (const entry of entries) {
    const format = FORMATS.find((candidate) => accepts(entry, candidate));
    if (format === undefined || entry.quality <= quality) continue;
    best = format;
    asked = entry.parameters.get("escaping") ?? escapingOf(entries);
    quality = entry.quality;
  }
  if (best.escaping === "never") return { format: best, escaping: "underscores", contentType: best.contentType };
  const escaping = ESCAPINGS.find((known) => known === asked) ?? "underscores";
  const tells = best.escaping === "always" || asked !== undefined;
  return {
    format: best,
    escaping,
    contentType: tells ? `${best.contentType}; escaping=${escaping}` : best.contentType,
  };
}

/** What the first entry that says how names are to be escaped says. */
function escapingOf(entries: readonly AcceptEntry[]): string | undefined {
  return entries.find(({ parameters }) => parameters.has("escaping"))?.parameters.get("escaping");
}

function accepts(entry: AcceptEntry, format: Format): boolean {
  if (entry.mediaType !== format.mediaType) return false;
  return Object.entries(format.parameters).every(([key, { value, mayLack }]) => {
    const given = entry.parameters.get(key);
    return given === undefined ? mayLack : given === value;
  });
}

function parseAccept(accept: string): AcceptEntry[] {
  if (accept.length > ACCEPT_LENGTH_MAX) return [];
  return accept.split(",").map((entry) => {
    const [mediaType = "", ...rest] = entry.split(";").map((part) => part.trim());
    const parameters = new Map<string, string>();
    for (const parameter of rest) {
      const [key = "", value = ""] = parameter.split("=").map((part) => part.trim());
      parameters.set(key.toLowerCase(), value.replaceAll('"', ""));
    }
    const quality = Number(parameters.get("q") ?? 1);
    return { mediaType: mediaType.toLowerCase(), parameters, quality: Math.min(Math.max(quality || 0, 0), 1) };
  });
}
