import { setTimeout as delay } from "node:timers/promises";

/** Resolves after `ms`, or at once when the signal is aborted; keeps the process alive meanwhile, and no hold on the signal after. */
export function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  return delay(ms, undefined, { signal }).catch(() => {});
}
