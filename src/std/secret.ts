import { inspect } from "node:util";

/** A text that must never be printed; only `reveal()` gives it. */
export interface Secret {
  reveal(): string;
}

/** Wraps a secret so that printing, logging or serialising whatever holds it shows `[redacted]`; blanks around it go. */
export function createSecret(text: string): Secret {
  const value = text.trim();
  const redacted = (): string => "[redacted]";
  const secret = { reveal: () => value, toString: redacted, toJSON: redacted, [inspect.custom]: redacted };
  // Not enumerable, so that a copy of the holder cannot carry the closure along.
  for (const name of Reflect.ownKeys(secret)) Object.defineProperty(secret, name, { enumerable: false });
  return Object.freeze(secret);
}
