/** How often the configuration was read again, and with what outcome. */
export interface ReloadStatus {
  readonly succeeded: number;
  readonly failed: number;
  /** False after a failed one, until one succeeds. */
  readonly isLastGood: boolean;
  /** When the running rules were read, in Unix seconds. */
  readonly rulesSince: number;
}

export type ReloadOutcome =
  /** `notes`: what was found and done, for people. */
  | { readonly ok: true; readonly notes: readonly string[] }
  /** Nothing has changed; every error, for people. */
  | { readonly ok: false; readonly errors: readonly string[] };
