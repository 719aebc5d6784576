import { assert } from "./assert.ts";

/**
 * Exponential backoff with jitter, as the Datadog Agent's forwarder does it: after n failures in a row the ceiling is
 * `baseMs · 2^n`, at most `maxMs`; below the maximum the wait is uniform between `ceiling / factor` and the ceiling.
 */
export interface BackoffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
  /** How far below the ceiling a wait may fall: 2 = down to a half. At least 1 (no jitter). */
  readonly factor: number;
}

/** Base 2 s, at most 64 s: waits of 2–4, 4–8, 8–16, 16–32, 32–64 and then 64 seconds. */
export const BACKOFF_DEFAULT: BackoffOptions = { baseMs: 2_000, maxMs: 64_000, factor: 2 };

/**
 * How long to wait, in milliseconds, after `failures` failures in a row (0 = no wait).
 * `random` answers a number in [0, 1).
 */
export function backoffMs(failures: number, options: BackoffOptions, random: () => number): number {
  assert(options.factor >= 1 && options.baseMs > 0, "a backoff needs a base above 0 and a factor of at least 1");
  if (failures <= 0) return 0;
  const ceilingMs = options.baseMs * 2 ** failures;
  // Every client of a recovering server sits at the maximum: there the spread matters less than never waiting longer.
  if (ceilingMs > options.maxMs) return options.maxMs;
  const floorMs = ceilingMs / options.factor;
  return floorMs + (ceilingMs - floorMs) * random();
}
