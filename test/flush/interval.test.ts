import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createIntervalClock } from "../../src/flush/interval.ts";

const seconds = (value: number): number => value * 1_000;

/** What is due at each of `times` (seconds), for intervals of ten seconds that begin at `start`. */
function dueAt(start: number, times: readonly number[]): (string | undefined)[] {
  const clock = createIntervalClock(10, seconds(start));
  return times.map((time) => {
    const due = clock.due(seconds(time));
    return due === undefined ? undefined : `${due.startSeconds}-${due.endSeconds}`;
  });
}

describe("an interval of ten seconds", () => {
  test.each<[string, number, number[], (string | undefined)[]]>([
    [
      "ends at a multiple of ten, once",
      103,
      [105, 109.999, 110, 110.5, 119, 120],
      [undefined, undefined, "100-110", undefined, undefined, "110-120"],
    ],
    ["that is looked at late still ends where it ends", 100, [114], ["100-110"]],
    ["of which two boundaries were missed becomes one of thirty seconds", 100, [135, 140], ["100-130", "130-140"]],
    [
      "ends later when the clock goes back a little, and nothing is closed twice",
      100,
      [110, 104, 110, 112, 120],
      ["100-110", undefined, undefined, undefined, "110-120"],
    ],
    ["starts anew before now when the clock jumps ahead", 100, [5_000, 5_010], ["4990-5000", "5000-5010"]],
    ["starts anew now when the clock jumps back", 5_000, [100, 109, 110], [undefined, undefined, "100-110"]],
  ])("%s", (_what, start, times, want) => {
    expect(dueAt(start, times)).toEqual(want);
  });

  test("tells when it ends", () => {
    const clock = createIntervalClock(10, seconds(103));
    expect(clock.nextMs(seconds(103))).toBe(seconds(110));
    clock.due(seconds(110));
    expect(clock.nextMs(seconds(110))).toBe(seconds(120));
    expect(clock.nextMs(seconds(5))).toBe(seconds(10));
  });

  test("that is open at the end is closed whole", () => {
    const clock = createIntervalClock(10, seconds(103));
    expect(clock.close(seconds(104))).toEqual({ startSeconds: 100, endSeconds: 110 });
    expect(clock.due(seconds(109))).toBeUndefined();
  });

  test("that a small step back has kept open is closed after the one before", () => {
    const clock = createIntervalClock(10, seconds(103));
    clock.due(seconds(110));
    expect(clock.close(seconds(108))).toEqual({ startSeconds: 110, endSeconds: 120 });
  });
});

test("while time goes on, intervals follow each other without gap or overlap, whole and in the past", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(1, 7, 10, 60),
      fc.array(fc.nat({ max: 90_000 }), { maxLength: 50 }),
      (length, steps) => {
        let nowMs = 1_700_000_000_123;
        const clock = createIntervalClock(length, nowMs);
        let end: number | undefined;
        for (const stepMs of steps.map((step) => Math.min(step, length * 9_000))) {
          nowMs += stepMs;
          const due = clock.due(nowMs);
          if (due === undefined) continue;
          expect([due.startSeconds % length, due.endSeconds % length]).toEqual([0, 0]);
          expect(due.endSeconds).toBeGreaterThan(due.startSeconds);
          expect(due.endSeconds * 1_000).toBeLessThanOrEqual(nowMs);
          if (end !== undefined) expect(due.startSeconds).toBe(end);
          end = due.endSeconds;
        }
      },
    ),
  );
});

test.each([0, -1, 0.5, Number.NaN])("an interval of %d seconds is a bug of the caller", (length) => {
  expect(() => createIntervalClock(length, 0)).toThrow("whole number of seconds");
});
