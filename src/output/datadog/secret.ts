import { inspect } from "node:util";

/** A text that must never be printed: only `reveal()` gives it, and only the sender calls that, when it sends. */
export interface Secret {
  reveal(): string;
}

/**
 * Wraps a secret so that printing, logging or serialising its holder shows `[redacted]`. Blanks around it are
 * removed: a key read from a file or an environment file ends with a newline more often than not.
 */
export function createSecret(text: string): Secret {
  const value = text.trim();
  const redacted = (): string => "[redacted]";
  const secret = { reveal: () => value, toString: redacted, toJSON: redacted, [inspect.custom]: redacted };
  // Not enumerable, so that a spread or a deep clone of the configuration cannot carry the closure along.
  for (const name of Reflect.ownKeys(secret)) Object.defineProperty(secret, name, { enumerable: false });
  return Object.freeze(secret);
}

const KEY_LIKE = /\b[0-9a-f]{32,}\b/gi;
const NAMED_KEY = /((?:dd[-_])?(?:api|application|app)[-_]?key["']?\s*[=:]\s*["']?)[^\s"'&,;}]+/gi;
const USER_INFO = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi;

/**
 * Makes foreign text (a response body, an error message) fit to be logged: known keys, anything that looks like a
 * key, `api_key=…` parameters and the user part of URLs are replaced; control characters become blanks; cut to 1,000
 * characters, which is what Datadog's Agent shows of a body.
 */
export function scrub(text: string, keys: readonly string[]): string {
  let clean = text;
  for (const key of keys) if (key.length >= 4) clean = clean.replaceAll(key, "[redacted]");
  clean = clean.replace(NAMED_KEY, "$1[redacted]").replace(KEY_LIKE, "[redacted]").replace(USER_INFO, "$1[redacted]@");
  // eslint-disable-next-line no-control-regex -- control characters are exactly what must not reach a terminal
  return clean.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").slice(0, 1000);
}
