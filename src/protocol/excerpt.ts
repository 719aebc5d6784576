import { createScrubber } from "../std/scrub.ts";
import { decodeText } from "./text.ts";

/** How much of a refused line is shown to people, in UTF-16 units before anything is escaped. */
export const EXCERPT_UNITS_MAX = 120;
/** How much of it is looked at: no character takes more than three bytes a unit, and a key that is cut should be seen whole. */
const LOOKED_AT_BYTES = 4 * EXCERPT_UNITS_MAX;

/** A client that mixes up its ports may send a key or a password here: it must not end in a log. */
const scrub = createScrubber([]);

/** Everything that could break a log line or a terminal; all but the ASCII controls are kept by JSON as they are. */
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\\]/g;

/**
 * The start of a line, safe to log and to show: control characters and backslashes escaped as `\xNN` or `\uNNNN`,
 * what looks like a key or a password replaced, `…` where it was cut.
 */
export function excerpt(line: Uint8Array): string {
  // Scrubbed before it is cut: half a key is still half a key.
  const clean = scrub(decodeText(line.subarray(0, LOOKED_AT_BYTES)));
  const isCut = line.length > LOOKED_AT_BYTES || clean.length > EXCERPT_UNITS_MAX;
  // Half of a surrogate pair is no text.
  const shown = clean.slice(0, EXCERPT_UNITS_MAX).replace(/[\ud800-\udbff]$/, "");
  return shown.replaceAll(UNSAFE, escapeCharacter) + (isCut ? "…" : "");
}

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  if (character === "\\") return "\\\\";
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
}
