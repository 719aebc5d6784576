import * as fc from "fast-check";
import { expect, test } from "vitest";
import { nextDown, nextUp } from "../../src/policy/float.ts";
import { buildLayouts, timerThreshold } from "../../src/policy/layout.ts";

test("without bounds one layout serves all", () => {
  expect(buildLayouts({ digits: 2, bounds: [] })).toEqual({
    layouts: [{ digits: 2, bounds: [], thresholds: [] }],
    layoutPlain: 0,
    layoutTimer: 0,
  });
});

test("with bounds timers have their own layout: the same bounds, thresholds in milliseconds", () => {
  const { layouts, layoutPlain, layoutTimer } = buildLayouts({ digits: 3, bounds: [0.005, 0.1, 2.5] });
  expect(layouts[layoutPlain]).toEqual({ digits: 3, bounds: [0.005, 0.1, 2.5], thresholds: [0.005, 0.1, 2.5] });
  expect(layouts[layoutTimer]).toEqual({ digits: 3, bounds: [0.005, 0.1, 2.5], thresholds: [5, 100, 2500] });
});

test.each([[[1, 1]], [[2, 1]], [[Number.NaN]], [[1, Infinity]]])("bounds %j are a bug of the caller", (bounds) => {
  expect(() => buildLayouts({ digits: 2, bounds })).toThrow("ascending");
});

test.each([
  [0.0021, 2.0999999999999996],
  [0.0079, 7.900000000000001],
  [0, nextUp(0) * 500],
])("the threshold of %d is %d, not a thousand times the bound", (bound, threshold) => {
  expect(timerThreshold(bound)).toBe(threshold);
});

test("a sample counts under a bound exactly when it is shown as at most the bound", () => {
  const bound = fc.oneof(
    fc.double({ min: -1e300, max: 1e300, noNaN: true }),
    fc.integer({ min: 1, max: 1_000_000 }).map((n) => n / 10_000),
  );
  fc.assert(
    fc.property(bound, (limit) => {
      const threshold = timerThreshold(limit);
      return threshold / 1_000 <= limit && nextUp(threshold) / 1_000 > limit;
    }),
    { numRuns: 20_000 },
  );
});

test("the largest bounds have a threshold too", () => {
  expect(timerThreshold(Number.MAX_VALUE)).toBe(Number.MAX_VALUE);
});

test("the next float up and down are each other's way back", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(nextUp(value)).toBeGreaterThan(value);
      expect(nextDown(value)).toBeLessThan(value);
      if (value !== 0 && Number.isFinite(nextUp(value))) expect(nextDown(nextUp(value))).toBe(value);
    }),
  );
  expect([nextUp(1), nextUp(-0), nextUp(Infinity), nextDown(0)]).toEqual([
    1 + Number.EPSILON,
    Number.MIN_VALUE,
    Infinity,
    -Number.MIN_VALUE,
  ]);
});
