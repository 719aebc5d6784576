import { describe, expect, test } from "vitest";
import { gatherMs } from "../../../src/transport/batch/gather.ts";

const MIB = 1 << 20;

describe("how long a batch may gather", () => {
  test.each([
    ["at full load, one millisecond", 400, 4 * MIB, 1],
    ["at a third of it, until there are enough", 100, 4 * MIB, 3],
    ["when little comes, as long as the buffer bears", 2, 4 * MIB, 13],
    ["never longer than 20 ms, however large the buffer", 2, 64 * MIB, 20],
    ["with the buffer that most systems give, no longer than it bears", 2, 212_992, 1],
    ["with 1 MiB", 2, MIB, 3],
    ["at a rate below one a millisecond", 0.01, 4 * MIB, 13],
  ])("%s", (_name, perMs, bufferBytes, ms) => {
    expect(gatherMs(perMs, bufferBytes)).toBe(ms);
  });
});
