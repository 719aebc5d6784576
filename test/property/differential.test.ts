import { describe, expect, test } from "vitest";
import { differentialRound } from "./differential.ts";

describe("random traffic through shards gives the numbers of the naive model", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("to the last bit where sums are exact (seed %d)", (seed) => {
    const round = differentialRound(seed, { shards: (seed % 4) + 1, lines: 4_000, names: 8, broken: 0, dyadic: true });
    expect(round.differences.slice(0, 20)).toEqual([]);
  });

  test.each([11, 12, 13, 14, 15, 16, 17, 18])("within 1e-12 for any numbers, with broken lines (seed %d)", (seed) => {
    const round = differentialRound(seed, {
      shards: (seed % 4) + 1,
      lines: 4_000,
      names: 8,
      broken: 0.3,
      dyadic: false,
    });
    expect(round.differences.slice(0, 20)).toEqual([]);
  });

  test.each([21, 22])("with many series of few samples (seed %d)", (seed) => {
    const round = differentialRound(seed, { shards: 3, lines: 6_000, names: 2_000, broken: 0.05, dyadic: false });
    expect(round.differences.slice(0, 20)).toEqual([]);
  });

  test.each([31, 32])("with few series of many samples (seed %d)", (seed) => {
    const round = differentialRound(seed, { shards: 2, lines: 20_000, names: 1, broken: 0.02, dyadic: false });
    expect(round.differences.slice(0, 20)).toEqual([]);
  });
});
