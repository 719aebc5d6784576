import type { Clock } from "../std/clock.ts";
import type { Logger } from "../std/log.ts";
import type { FlushStatus } from "../model/status.ts";
import type { Interval, Output } from "../output/output.ts";
import { coalesce } from "./coalesce.ts";
import { createIntervalClock } from "./interval.ts";

/** Those who gather: a pool of shards. What they hand over goes to the merger before `drain` or `stop` resolve. */
export interface Shards {
  drain(): Promise<void>;
  /** Closes the sockets and drains for the last time. */
  stop(): Promise<void>;
}

export interface FlushOptions {
  readonly shards: Shards;
  readonly outputs: readonly Output[];
  readonly intervalSeconds: number;
  readonly drainIntervalMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Runs after each drain, before the outputs hear of it. */
  readonly onDrained: () => Promise<void>;
}

/** The heartbeat: drains the shards, closes intervals, tells the outputs. */
export interface Flush {
  /** Resolves when everything that the shards had received before the call has reached the outputs. */
  drain(): Promise<void>;
  /**
   * Closes the sockets, merges the last drain, closes the open interval and the outputs; done by `deadlineMs` (Unix
   * milliseconds), whatever hangs.
   */
  stop(deadlineMs: number): Promise<void>;
  status(): FlushStatus;
  /** Resolves, with what happened, when a round broke: a bug. */
  readonly failed: Promise<Error>;
}

/** A flush that takes longer than this part of its interval is worth a word. */
const SLOW_SHARE = 0.5;

export function startFlush(options: FlushOptions): Flush {
  const { shards, outputs, clock, log, intervalSeconds } = options;
  const intervals = createIntervalClock(intervalSeconds, clock.nowMs());
  const failed = Promise.withResolvers<Error>();
  const counts = { drains: 0, lastDrainSeconds: 0, flushes: 0, lastFlushSeconds: 0, lastFlushAt: 0 };
  let cancel = (): void => {};
  let round: Promise<void> = Promise.resolve();
  let isStopping = false;

  const drain = coalesce(async () => {
    const startMs = clock.monotonicMs();
    await shards.drain();
    await settle(startMs);
  });

  async function settle(startMs: number): Promise<void> {
    counts.drains++;
    counts.lastDrainSeconds = (clock.monotonicMs() - startMs) / 1_000;
    await options.onDrained();
    for (const output of outputs) output.tick(clock.nowMs());
  }

  function close(interval: Interval): void {
    const startMs = clock.monotonicMs();
    for (const output of outputs) output.flush(interval);
    const seconds = (clock.monotonicMs() - startMs) / 1_000;
    counts.flushes++;
    counts.lastFlushSeconds = seconds;
    counts.lastFlushAt = clock.nowMs() / 1_000;
    if (seconds > intervalSeconds * SLOW_SHARE) {
      log.warn({ seconds }, "a flush took more than half of its interval; lengthen flush_interval, lower limits.series, or give the process a faster core");
    }
  }

  /** What has ended is decided before the drain: samples that come in meanwhile are late by less than a drain. */
  async function beat(): Promise<void> {
    const interval = intervals.due(clock.nowMs());
    await drain();
    if (interval !== undefined) close(interval);
  }

  function schedule(): void {
    if (isStopping) return;
    const nowMs = clock.nowMs();
    const nextMs = Math.min(intervals.nextMs(nowMs), nowMs + options.drainIntervalMs);
    cancel = clock.after(Math.max(0, nextMs - nowMs), () => {
      round = beat().then(schedule, (error: Error) => failed.resolve(error));
    });
  }

  async function stopShards(): Promise<void> {
    await round;
    const startMs = clock.monotonicMs();
    await shards.stop();
    await settle(startMs);
  }

  schedule();
  return {
    drain,
    async stop(deadlineMs) {
      isStopping = true;
      cancel();
      // Half of what time there is for the shards, so that one that hangs cannot cost the outputs their last flush.
      const inTime = await within(stopShards(), (deadlineMs - clock.nowMs()) / 2, clock);
      if (!inTime) log.error("the shards did not stop in time; what they still hold is lost");
      const nowMs = clock.nowMs();
      close(intervals.due(nowMs) ?? intervals.close(nowMs));
      const closed = Promise.all(outputs.map((output) => output.close(deadlineMs)));
      if (!(await within(closed, deadlineMs - clock.nowMs(), clock))) log.error("the outputs did not finish in time");
    },
    status: () => ({ intervalSeconds, ...counts }),
    failed: failed.promise,
  };
}

/** Whether `work` was done within `timeMs`. */
async function within(work: Promise<unknown>, timeMs: number, clock: Clock): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const cancel = clock.after(Math.max(0, timeMs), () => resolve(false));
  try {
    return await Promise.race([work.then(() => true), promise]);
  } finally {
    cancel();
  }
}
