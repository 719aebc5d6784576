import type { Environment } from "../config/environment.ts";
import { formatError } from "../config/given.ts";
import type { ConfigError } from "../config/given.ts";

/** What a command needs of the process; tests hand in their own. */
export interface Terminal {
  readonly environment: Environment;
  /** Standard output is a terminal that a person looks at. */
  readonly isTerminal: boolean;
  /** Write whole lines; the line end is added. */
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

export function processTerminal(): Terminal {
  return {
    environment: process.env,
    isTerminal: process.stdout.isTTY,
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
  };
}

/** Every configuration error, and how many there are. */
export function formatErrors(errors: readonly ConfigError[]): string {
  const count = errors.length === 1 ? "1 error" : `${errors.length} errors`;
  return `${errors.map(formatError).join("\n")}\n${count} in the configuration`;
}
