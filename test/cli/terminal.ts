import type { Terminal } from "../../src/cli/terminal.ts";
import type { Environment } from "../../src/config/environment.ts";

/** A terminal that remembers what was written. */
export interface Recorder extends Terminal {
  readonly printed: string[];
  readonly complained: string[];
}

export function recorder(environment: Environment = {}): Recorder {
  const printed: string[] = [];
  const complained: string[] = [];
  return {
    environment,
    isTerminal: false,
    printed,
    complained,
    out: (text) => void printed.push(text),
    err: (text) => void complained.push(text),
  };
}
