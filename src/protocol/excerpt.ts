import { createScrubber } from "../std/scrub.ts";
import { decodeText } from "./text.ts";

/** How much of a refused line is shown to people. */
export const EXCERPT_BYTES_MAX = 120;

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
  const whole = scrub(decodeText(line.subarray(0, 2 * EXCERPT_BYTES_MAX)));
  const text = whole.slice(0, EXCERPT_BYTES_MAX).replaceAll(UNSAFE, escapeCharacter);
  return line.length > EXCERPT_BYTES_MAX ? `${text}…` : text;
}

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  if (character === "\\") return "\\\\";
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
}
