import { expect, it } from "vitest";
import { backoffMs, BACKOFF_DEFAULT } from "../../src/std/backoff.ts";

it.each([
  [0, 0, 0],
  [1, 2_000, 4_000],
  [2, 4_000, 8_000],
  [5, 32_000, 64_000],
  [6, 64_000, 64_000],
  [1_000, 64_000, 64_000],
])("after %i failures waits between %i and %i ms", (failures, leastMs, mostMs) => {
  expect(backoffMs(failures, BACKOFF_DEFAULT, () => 0)).toBe(leastMs);
  expect(backoffMs(failures, BACKOFF_DEFAULT, () => 1)).toBe(mostMs);
});

it("spreads evenly between the two", () => {
  expect(backoffMs(1, BACKOFF_DEFAULT, () => 0.25)).toBe(2_500);
});

it("takes a factor below one for a bug", () => {
  expect(() => backoffMs(1, { ...BACKOFF_DEFAULT, factor: 0.5 }, () => 0)).toThrow("factor");
});
