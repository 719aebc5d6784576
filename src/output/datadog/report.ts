import { scrub } from "./secret.ts";

/** As pino's: fields, then a sentence. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** True for a response body whose list of `errors` is not empty. */
export function hasErrors(body: string): boolean {
  return /"errors"\s*:\s*\[\s*[^\]\s]/.test(body);
}

/** Messages and codes of an error and its causes, fit to be logged. */
export function errorText(error: unknown, keys: readonly string[]): string {
  const parts: string[] = [];
  let at: unknown = error;
  for (let depth = 0; at instanceof Error && depth < 5; depth++) {
    const code = "code" in at && typeof at.code === "string" ? `${at.code}: ` : "";
    parts.push(code + (at.message === "" ? at.name : at.message));
    at = at.cause;
  }
  return scrub(parts.length === 0 ? String(error) : parts.join("; "), keys);
}
