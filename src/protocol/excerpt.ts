import { decodeText } from "./text.ts";

/** How much of a refused line is shown to people. */
export const EXCERPT_BYTES_MAX = 120;

/** Long runs of hexadecimal digits: API keys, tokens and the like must not end in a log because a client mixed up ports. */
const SECRET = /[0-9a-f]{32,}/gi;

/** Everything that could break a log line or a terminal; all but the ASCII controls are kept by JSON as they are. */
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\\]/g;

/**
 * The start of a line, safe to log and to show: control characters and backslashes escaped as `\xNN` or `\uNNNN`, long
 * hexadecimal runs replaced, `…` where it was cut.
 */
export function excerpt(line: Uint8Array): string {
  // Replaced before cut: half a key is still half a key.
  const whole = decodeText(line.subarray(0, 2 * EXCERPT_BYTES_MAX)).replaceAll(SECRET, "<redacted>");
  const text = whole.slice(0, EXCERPT_BYTES_MAX).replaceAll(UNSAFE, escapeCharacter);
  return line.length > EXCERPT_BYTES_MAX ? `${text}…` : text;
}

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  if (character === "\\") return "\\\\";
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
}
