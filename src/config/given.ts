import type { Problem } from "./values.ts";

/** A value that somebody wrote, and where. */
export interface Given {
  readonly value: unknown;
  /** For people: `--shards`, `DD_SITE`, `tallyd.yaml line 3`. */
  readonly origin: string;
}

/** What one layer (defaults aside) gives: values by key path. */
export type Layer = Map<string, Given>;

export interface ConfigError extends Omit<Problem, "index"> {
  /** The key's path in the file, with the list's entry where it is one: `prometheus.quantiles[1]`. */
  readonly key: string;
  readonly origin: string;
  /** What was given, shortened; "" where it is a secret or nothing was given. */
  readonly given: string;
}

const SECRET_KEYS = new Set([
  "datadog.api_key",
  "prometheus_remote_write.url",
  "prometheus_remote_write.headers",
  "prometheus_remote_write.bearer_token",
  "prometheus_remote_write.password",
]);
const SHOWN_CHARACTERS_MAX = 80;

/** What was given, as an error shows it. Where there are keys in it, it is a torn piece of the file: any secret may be there. */
export function showGiven(path: string, value: unknown): string {
  const hasKeys = [value].flat().some((part) => typeof part === "object" && part !== null);
  if (value === undefined || hasKeys || SECRET_KEYS.has(path.replace(/\[\d+\]$/, ""))) return "";
  const text = JSON.stringify(value);
  return text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text;
}

/** An error as three lines of text: what, where, what to do. */
export function formatError(error: ConfigError): string {
  const what = error.given === "" ? error.problem : `${error.given} ${error.problem}`;
  return [`${error.key}: ${what}`, `  given by  ${error.origin}`, `  remedy    ${error.remedy}`].join("\n");
}
