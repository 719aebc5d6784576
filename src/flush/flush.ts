import type { Clock } from "../std/clock.ts";
import type { Logger } from "../std/log.ts";
import type { FlushStatus } from "../model/status.ts";
import type { Interval, Sink } from "../output/output.ts";
import { coalesce } from "./coalesce.ts";
import { createIntervalClock } from "./interval.ts";
import type { IntervalClock } from "./interval.ts";

/** Those who gather: a pool of shards. What they hand over goes to the merger before `drain` or `stop` resolve. */
export interface Shards {
  drain(): Promise<void>;
  /** Closes the sockets and drains for the last time. */
  stop(): Promise<void>;
  /** Ends those that have not stopped. Nothing of theirs is handed over after this. */
  kill(): Promise<void>;
}

export interface FlushOptions {
  readonly shards: Shards;
  readonly outputs: readonly Sink[];
  readonly intervalSeconds: number;
  readonly drainIntervalMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Runs after each drain, before the outputs hear of it. */
  readonly onDrained: () => void;
}

/** A drain may take up to a tenth of the time; where there are so many series that it takes more, there are fewer drains. */
const DRAIN_REST = 9;

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
  const heartbeat = new Heartbeat(options);
  heartbeat.schedule();
  return heartbeat;
}

class Heartbeat implements Flush {
  readonly #options: FlushOptions;
  readonly #intervals: IntervalClock;
  readonly #failed = Promise.withResolvers<Error>();
  readonly #counts = { drains: 0, lastDrainSeconds: 0, flushes: 0, lastFlushSeconds: 0, lastFlushAt: 0 };
  #cancel = (): void => {};
  #round: Promise<void> = Promise.resolve();
  #isStopping = false;

  constructor(options: FlushOptions) {
    this.#options = options;
    this.#intervals = createIntervalClock(options.intervalSeconds, options.clock.nowMs());
  }

  readonly drain = coalesce(() => this.#takeAll(() => this.#options.shards.drain()));

  readonly status = (): FlushStatus => ({ intervalSeconds: this.#options.intervalSeconds, ...this.#counts });

  get failed(): Promise<Error> {
    return this.#failed.promise;
  }

  schedule(): void {
    if (this.#isStopping) return;
    const { clock, drainIntervalMs } = this.#options;
    const nowMs = clock.nowMs();
    const restMs = this.#counts.lastDrainSeconds * 1_000 * DRAIN_REST;
    const nextMs = Math.min(this.#intervals.nextMs(nowMs), nowMs + Math.max(drainIntervalMs, restMs));
    this.#cancel = clock.after(Math.max(0, nextMs - nowMs), () => {
      this.#round = this.#beat().then(
        () => this.schedule(),
        (error: Error) => this.#failed.resolve(error),
      );
    });
  }

  async stop(deadlineMs: number): Promise<void> {
    const { clock, log, outputs } = this.#options;
    this.#isStopping = true;
    this.#cancel();
    // Half of what time there is for the shards, so that one that hangs cannot cost the outputs their last flush.
    const inTime = await within(this.#stopShards(), (deadlineMs - clock.nowMs()) / 2, clock);
    if (!inTime) {
      log.error("the shards did not stop in time; what they still hold is lost");
      // They would keep the process alive. Nobody waits for it: there are outputs to flush.
      void this.#options.shards.kill();
    }
    const nowMs = clock.nowMs();
    this.#close(this.#intervals.due(nowMs) ?? this.#intervals.close(nowMs));
    const closed = Promise.all(outputs.map((output) => output.close(deadlineMs)));
    if (!(await within(closed, deadlineMs - clock.nowMs(), clock))) log.error("the outputs did not finish in time");
  }

  /** What has ended is decided before the drain: samples that come in meanwhile are late by less than a drain. */
  async #beat(): Promise<void> {
    const interval = this.#intervals.due(this.#options.clock.nowMs());
    await this.drain();
    if (interval !== undefined) this.#close(interval);
  }

  async #stopShards(): Promise<void> {
    await this.#round;
    await this.#takeAll(() => this.#options.shards.stop());
  }

  /** Runs a drain of all shards and tells those who want to know. */
  async #takeAll(drain: () => Promise<void>): Promise<void> {
    const { clock, outputs, onDrained } = this.#options;
    const startMs = clock.monotonicMs();
    await drain();
    this.#counts.drains++;
    this.#counts.lastDrainSeconds = (clock.monotonicMs() - startMs) / 1_000;
    onDrained();
    for (const output of outputs) output.tick(clock.nowMs());
  }

  #close(interval: Interval): void {
    const { clock, log, outputs, intervalSeconds } = this.#options;
    const startMs = clock.monotonicMs();
    for (const output of outputs) output.flush(interval);
    const seconds = (clock.monotonicMs() - startMs) / 1_000;
    this.#counts.flushes++;
    this.#counts.lastFlushSeconds = seconds;
    this.#counts.lastFlushAt = clock.nowMs() / 1_000;
    if (seconds > intervalSeconds * SLOW_SHARE) {
      log.warn(
        { seconds },
        "a flush took more than half of its interval; lengthen flush_interval, lower limits.series, or give the process a faster core",
      );
    }
  }
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
