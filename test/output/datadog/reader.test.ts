import { describe, expect, it } from "vitest";
import { Reader } from "../../../src/output/datadog/reader.ts";
import type { Snapshot } from "../../../src/output/datadog/snapshot.ts";

/** A snapshot of `cells` counters that remembers what was read of it. */
function snapshotOf(cells: number): Snapshot & { left: number } {
  const snapshot = {
    left: cells,
    read(budget: number): boolean {
      snapshot.left = Math.max(0, snapshot.left - budget);
      return snapshot.left === 0;
    },
  };
  return snapshot as unknown as Snapshot & { left: number };
}

describe("reading in slices", () => {
  it("has a small tally read at once", () => {
    const done: Snapshot[] = [];
    const small = snapshotOf(5_000);
    new Reader((snapshot) => done.push(snapshot)).start(small);
    expect(done).toEqual([small]);
  });

  it("reads a large one in the next turns of the event loop", async () => {
    const done: Snapshot[] = [];
    const reader = new Reader((snapshot) => done.push(snapshot));
    const large = snapshotOf(50_000);
    reader.start(large);
    expect(large.left).toBe(45_000);
    expect(reader.isReading).toBe(true);
    await reader.idle();
    expect(done).toEqual([large]);
    expect(reader.isReading).toBe(false);
  });

  it("finishes one that is still being read before the next begins", async () => {
    const done: Snapshot[] = [];
    const reader = new Reader((snapshot) => done.push(snapshot));
    const [first, second] = [snapshotOf(50_000), snapshotOf(20_000)];
    reader.start(first);
    reader.start(second);
    expect(done).toEqual([first]);
    await reader.idle();
    expect(done).toEqual([first, second]);
  });
});
