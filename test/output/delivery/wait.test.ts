import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { waitFor } from "../../../src/output/delivery/wait.ts";

describe("a wait", () => {
  it("ends at its time, and leaves nothing behind on the signal that lives on", async () => {
    const { signal } = new AbortController();
    for (let wait = 0; wait < 20; wait++) await waitFor(1, signal);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("ends at once when the signal is aborted, or was before", async () => {
    const abort = new AbortController();
    const waits = [waitFor(600_000, abort.signal), waitFor(600_000, abort.signal)];
    abort.abort();
    await Promise.all([...waits, waitFor(600_000, abort.signal)]);
  });
});
