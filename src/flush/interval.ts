import { assert } from "../std/assert.ts";
import type { Interval } from "../output/output.ts";

/** Beyond so many intervals, a difference between the clock and us means that the clock was set. */
const JUMP_INTERVALS_MAX = 10;

/**
 * Cuts time into intervals that begin at whole multiples of their length since 1970, as Datadog wants its points. It has
 * no timer and no clock: it is told the time (Unix milliseconds) and answers what is due.
 *
 * - Boundaries that were missed (a suspended machine, a busy one) make one longer interval, so that rates stay right.
 * - A clock that goes back a little closes nothing twice: the open interval just lasts longer.
 * - A clock that jumps by more than ten intervals was set: the open interval becomes the one before now, or the one now.
 */
export interface IntervalClock {
  /** The interval that has ended by `nowMs`, once; undefined while it is open. */
  due(nowMs: number): Interval | undefined;
  /** The part of the open interval that has passed, made whole: what a shutdown closes. */
  close(nowMs: number): Interval;
  /** When something will be due, at the earliest. */
  nextMs(nowMs: number): number;
}

export function createIntervalClock(intervalSeconds: number, startMs: number): IntervalClock {
  assert(Number.isInteger(intervalSeconds) && intervalSeconds > 0, "an interval is a whole number of seconds above 0");
  let startSeconds = floor(startMs);

  function floor(nowMs: number): number {
    return Math.floor(nowMs / 1_000 / intervalSeconds) * intervalSeconds;
  }

  /** A clock that was set back cannot be waited for. */
  function follow(nowMs: number): number {
    const boundary = floor(nowMs);
    if (startSeconds - boundary > JUMP_INTERVALS_MAX * intervalSeconds) startSeconds = boundary;
    return boundary;
  }

  return {
    due(nowMs) {
      const boundary = follow(nowMs);
      if (boundary <= startSeconds) return undefined;
      const isJump = boundary - startSeconds > JUMP_INTERVALS_MAX * intervalSeconds;
      const span = { startSeconds: isJump ? boundary - intervalSeconds : startSeconds, endSeconds: boundary };
      startSeconds = boundary;
      return span;
    },
    close(nowMs) {
      const endSeconds = Math.max(follow(nowMs), startSeconds) + intervalSeconds;
      const span = { startSeconds, endSeconds };
      startSeconds = endSeconds;
      return span;
    },
    nextMs(nowMs) {
      follow(nowMs);
      return (startSeconds + intervalSeconds) * 1_000;
    },
  };
}
