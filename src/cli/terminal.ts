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

/** This process's own. Where the reader has gone (`tallyd --help | head -1`), the rest is written to nobody. */
export function processTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
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
