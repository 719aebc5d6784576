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

/**
 * Watches the event loop of this thread: how long each turn takes, which is how long whatever comes meanwhile has to wait. It
 * is measured turn by turn and not by a timer, which would wake an idle process and see only what it happens to meet.
 * Windows follow each other by a timer and never by reading, so that two scrapers see the same numbers; before the first
 * window is complete, the current one is read.
 */
export function createEventLoopMonitor(): EventLoopMonitor {
  const histogram = monitorEventLoopDelay({ samplePerIteration: true });
  // From within a turn: what is enabled before the first one counts the sleep before it too.
  const start = setImmediate(() => histogram.enable());
  const current = (): { p99: number; max: number } =>
    histogram.count === 0 ? { p99: 0, max: 0 } : { p99: histogram.percentile(99) / 1e9, max: histogram.max / 1e9 };
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
      clearImmediate(start);
      histogram.disable();
    },
  };
}
