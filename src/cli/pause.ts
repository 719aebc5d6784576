import { setTimeout as wait } from "node:timers/promises";

/** Waits, or not so long when the signal is aborted. */
export async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  await wait(delayMs, undefined, { signal }).catch(() => {});
}
