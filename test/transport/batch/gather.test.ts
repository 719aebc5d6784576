import { describe, expect, test } from "vitest";
import { gatherMs } from "../../../src/transport/batch/gather.ts";

const MIB = 1 << 20;

describe("how long a batch may gather", () => {
  test.each([
    ["under load, one millisecond", 0.3, 4 * MIB, 1],
    ["just under load", 0.1, 4 * MIB, 1],
    ["when little comes, longer", 0.05, 4 * MIB, 13],
    ["never longer than 15 ms, however large the buffer", 0, 64 * MIB, 15],
    ["with the buffer that most systems give, no longer than it bears", 0.01, 212_992, 1],
    ["with 1 MiB", 0.01, MIB, 3],
  ])("%s", (_name, share, bufferBytes, ms) => {
    expect(gatherMs(share, bufferBytes)).toBe(ms);
  });
});
