import type { Clock } from "../../src/std/clock.ts";

/** A clock that stands still until a test moves it; due tasks run in the order of their times. */
export interface ManualClock extends Clock {
  advance(byMs: number): void;
}

export function manualClock(startMs = 1_700_000_000_000): ManualClock {
  let elapsedMs = 0;
  let waiting: { readonly dueMs: number; readonly task: () => void }[] = [];
  return {
    nowMs: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    after(delayMs, task) {
      const entry = { dueMs: elapsedMs + delayMs, task };
      waiting.push(entry);
      return () => void (waiting = waiting.filter((other) => other !== entry));
    },
    advance(byMs) {
      const untilMs = elapsedMs + byMs;
      for (;;) {
        const due = waiting.filter((entry) => entry.dueMs <= untilMs).toSorted((a, b) => a.dueMs - b.dueMs)[0];
        if (due === undefined) break;
        waiting = waiting.filter((entry) => entry !== due);
        elapsedMs = due.dueMs;
        due.task();
      }
      elapsedMs = untilMs;
    },
  };
}
