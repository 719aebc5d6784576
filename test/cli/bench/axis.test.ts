import { describe, expect, it } from "vitest";
import { linearAxis, logAxis } from "../../../src/cli/bench/axis.ts";

describe("a linear axis", () => {
  it.each([
    [100, [0, 50, 100]],
    [112, [0, 50, 100, 150]],
    [18.6, [0, 5, 10, 15, 20]],
    [1, [0, 0.5, 1]],
    [0.7, [0, 0.2, 0.4, 0.6, 0.8]],
    [20, [0, 5, 10, 15, 20]],
  ])("up to %d is written at round values, the last of which is not below it", (max, ticks) => {
    const axis = linearAxis(max, 300, 100);
    expect(axis.ticks).toEqual(ticks);
    expect([axis.at(0), axis.at(ticks.at(-1) as number)]).toEqual([300, 100]);
    expect(axis.at(max)).toBeGreaterThanOrEqual(100);
  });
});

describe("a logarithmic axis", () => {
  it("is written at 1, 2 and 5 times powers of ten", () => {
    expect(logAxis(90_000, 3_200_000, 0, 1).ticks).toEqual([100_000, 200_000, 500_000, 1_000_000, 2_000_000]);
  });

  it("of many decades is written at the powers alone", () => {
    expect(logAxis(1_000, 5_000_000, 0, 1).ticks).toEqual([1_000, 10_000, 100_000, 1_000_000]);
  });

  it("that is too short for round values is written at its ends, and one of a single value in the middle", () => {
    expect(logAxis(210_000, 230_000, 0, 1).ticks).toEqual([210_000, 230_000]);
    const axis = logAxis(7, 7, 0, 100);
    expect([axis.ticks, axis.at(7)]).toEqual([[7], 50]);
  });

  it("has equal steps for equal factors", () => {
    const { at } = logAxis(100, 10_000, 0, 200);
    expect([at(100), Math.round(at(1_000)), at(10_000)]).toEqual([0, 100, 200]);
  });
});
