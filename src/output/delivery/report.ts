import type { Logger } from "../../std/log.ts";
import { createScrubber } from "../../std/scrub.ts";

export type Log = Pick<Logger, "info" | "warn" | "error">;

/** What Datadog's Agent logs of a body. */
const CHARS_MAX = 1000;

/**
 * Makes foreign text (a response body, an error message) fit to be logged: keys are taken out, control characters
 * become blanks, and it is cut.
 */
export function quote(text: string, keys: readonly string[]): string {
  // Cut before anything gets shorter: the text may end in the middle of a key.
  return createScrubber(keys)(text)
    .slice(0, CHARS_MAX)
    .replace(/\p{Cc}+/gu, " ");
}

/** Messages and codes of an error and its causes, fit to be logged. */
export function errorText(error: unknown, keys: readonly string[]): string {
  const parts: string[] = [];
  let at: unknown = error;
  for (let depth = 0; at instanceof Error && depth < 5; depth++) {
    const message = at.message === "" ? at.name : at.message;
    const code = "code" in at && typeof at.code === "string" && !message.includes(at.code) ? `${at.code}: ` : "";
    parts.push(code + message);
    at = at.cause;
  }
  return quote(parts.length === 0 ? String(error) : parts.join("; "), keys);
}
