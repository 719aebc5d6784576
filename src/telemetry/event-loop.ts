import { monitorEventLoopDelay, performance } from "node:perf_hooks";

/** How the main thread's event loop does. */
export interface EventLoopReading {
  readonly lagP99Seconds: number;
  readonly lagMaxSeconds: number;
  readonly activeSeconds: number;
}

export interface EventLoopMonitor {
  read(): EventLoopReading;
  close(): void;
}

const WINDOW_MS = 15_000;
/** Each look costs a wake-up of an idle process; at 10 ms those were most of what it did. */
const RESOLUTION_MS = 100;

/**
 * Watches the event loop of this thread. Windows follow each other by a timer and never by reading, so that two
 * scrapers see the same numbers; before the first window is complete, the current one is read.
 */
export function createEventLoopMonitor(): EventLoopMonitor {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  // The histogram records the time between two timers, which is the resolution when nothing is late.
  const lagSeconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000);
  const current = (): { p99: number; max: number } =>
    histogram.count === 0
      ? { p99: 0, max: 0 }
      : { p99: lagSeconds(histogram.percentile(99)), max: lagSeconds(histogram.max) };
  let complete: { p99: number; max: number } | undefined;
  const timer = setInterval(() => {
    complete = current();
    histogram.reset();
  }, WINDOW_MS).unref();
  return {
    read: () => {
      const { p99, max } = complete ?? current();
      return {
        lagP99Seconds: p99,
        lagMaxSeconds: max,
        activeSeconds: performance.eventLoopUtilization().active / 1000,
      };
    },
    close: () => {
      clearInterval(timer);
      histogram.disable();
    },
  };
}
