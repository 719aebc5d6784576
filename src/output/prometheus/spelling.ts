import { escapeName, isLegacyName } from "./label.ts";

/**
 * How names are written that Prometheus before 3.0 cannot read. A scraper asks for one by `escaping=` in its Accept header;
 * who does not ask gets `underscores`.
 */
export const ESCAPINGS = ["underscores", "dots", "values", "allow-utf-8"] as const;
export type Escaping = (typeof ESCAPINGS)[number];

/**
 * The name that stands on the page for one that was sent as `spelled` and is called `legacy` elsewhere. What makes a page
 * safe is that different legacy names stay different, however hostile the spellings:
 *
 *     http.server-hits   http_server_hits | http_dot_server__hits | U__http_2e_server_2d_hits
 *
 * `underscores` is the legacy name itself. `dots` and `values` escape by Prometheus' rules (its `EscapeName`), and in
 * addition names that look as if they were escaped already, since they would meet those that are.
 */
export function nameAs(escaping: Escaping, legacy: string, spelled: string): string {
  if (escaping === "underscores") return legacy;
  if (escaping === "allow-utf-8") return spelled;
  if (escaping === "dots") {
    if (spelled !== legacy) return dotsOf(dottedOf(spelled));
    return /__|_dot_/.test(legacy) ? dotsOf(legacy) : legacy;
  }
  return isLegacyName(spelled) && !spelled.startsWith("U__") ? spelled : valuesOf(spelled);
}

/**
 * The same for the key of a label. What begins with `__` belongs to Prometheus (`-name-` would even become `__name__`), so it
 * gets `_label` in front: with its single `_` that is nothing that `dots` makes.
 */
export function labelAs(escaping: Escaping, legacy: string, spelled: string): string {
  const key = nameAs(escaping, legacy, spelled);
  return key.startsWith("__") ? `_label${key}` : key;
}

/** What a name may be shown as where names may be UTF-8: as it was sent, unless its legacy form would not be `legacy`. */
export function spelledName(sent: string, legacy: string): string {
  // A colon is a letter of legacy names, kept for recording rules.
  const spelled = sent.toWellFormed().replaceAll(":", "_");
  return escapeName(spelled) === legacy ? spelled : legacy;
}

/** The legacy name, but with the dots that were sent. */
function dottedOf(spelled: string): string {
  const dotted = spelled.replace(/-+|[^A-Za-z0-9_.]/gu, "_");
  return /^[0-9]/.test(dotted) ? `_${dotted}` : dotted;
}

function dotsOf(name: string): string {
  return name.replace(/[_.]/g, (character) => (character === "_" ? "__" : "_dot_"));
}

function valuesOf(name: string): string {
  const escaped = name.replace(/^[0-9]|[^A-Za-z0-9]/gu, (character) =>
    character === "_" ? "__" : `_${(character.codePointAt(0) as number).toString(16)}_`,
  );
  return `U__${escaped}`;
}
