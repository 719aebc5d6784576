import { describe, expect, test } from "vitest";
import type { Logger } from "../../src/std/log.ts";
import { startFlush } from "../../src/flush/flush.ts";
import type { FlushOptions, Shards } from "../../src/flush/flush.ts";
import { manualClock } from "../support/manual-clock.ts";
import { recordingOutput } from "../support/recording-output.ts";

const START_MS = 1_700_000_003_000;

function shards(given: Partial<Shards>): Shards {
  return { drain: async () => {}, stop: async () => {}, kill: async () => {}, ...given };
}

function harness(given: Partial<FlushOptions> = {}) {
  const clock = manualClock(START_MS);
  const calls: string[] = [];
  const logged: string[] = [];
  const output = recordingOutput("out", calls);
  const flush = startFlush({
    shards: shards({ drain: async () => void calls.push("drain"), stop: async () => void calls.push("stop") }),
    outputs: [output],
    intervalSeconds: 10,
    drainIntervalMs: 1_000,
    clock,
    log: recorder(logged),
    onDrained: () => void calls.push("drained"),
    ...given,
  });
  return {
    clock,
    calls,
    logged,
    output,
    flush,
    /** Moves the clock in steps of a drain, and lets what is due run. */
    async advance(byMs: number, stepMs = 1_000) {
      for (let gone = 0; gone < byMs; gone += stepMs) {
        clock.advance(stepMs);
        await turn();
      }
    },
  };
}

function recorder(logged: string[]): Logger {
  const write = (first: object | string, second?: string): void => void logged.push(second ?? String(first));
  return { debug: write, info: write, warn: write, error: write, child: () => recorder(logged) };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** 1,700,000,000 is a multiple of ten: the flush starts three seconds into an interval. */
const at = (seconds: number): number => 1_700_000_000 + seconds;

test("shards are drained every drain interval, and outputs hear of it afterwards", async () => {
  const { advance, calls } = harness();
  await advance(2_000);
  expect(calls).toEqual(["drain", "drained", "out tick", "drain", "drained", "out tick"]);
});

test("an interval is closed at its boundary, after a drain", async () => {
  const { advance, calls, output, flush } = harness();
  await advance(6_000);
  expect(output.flushed).toEqual([]);
  calls.length = 0;
  await advance(1_000);
  expect(calls).toEqual(["drain", "drained", "out tick", "out flush"]);
  expect(output.flushed).toEqual([{ startSeconds: at(0), endSeconds: at(10) }]);
  await advance(10_000);
  expect(output.flushed[1]).toEqual({ startSeconds: at(10), endSeconds: at(20) });
  expect(flush.status()).toMatchObject({ intervalSeconds: 10, drains: 17, flushes: 2, lastFlushAt: at(20) });
});

test("drains that take long become fewer, and the boundary of an interval is kept all the same", async () => {
  const drains: number[] = [];
  const clock = manualClock(START_MS);
  const slow = (): Promise<void> => {
    drains.push(clock.nowMs() - START_MS);
    return new Promise((resolve) => clock.after(300, resolve));
  };
  const { output } = harness({ clock, shards: shards({ drain: slow }) });
  for (let step = 0; step < 74; step++) {
    clock.advance(100);
    await turn();
  }
  // 300 ms, and nine times as long until the next; the last one is the boundary's.
  expect(drains).toEqual([1_000, 4_000, 7_000]);
  expect(output.flushed).toEqual([{ startSeconds: at(0), endSeconds: at(10) }]);
});

test("a boundary between two drains is kept all the same", async () => {
  const { advance, output } = harness({ drainIntervalMs: 60_000 });
  await advance(7_000);
  expect(output.flushed).toEqual([{ startSeconds: at(0), endSeconds: at(10) }]);
});

test("boundaries that pass while a drain hangs become one interval, so that rates stay right", async () => {
  const hanging = Promise.withResolvers<void>();
  const { advance, output, clock } = harness({ shards: shards({ drain: () => hanging.promise }) });
  await advance(37_000);
  expect(output.flushed).toEqual([]);
  hanging.resolve();
  await turn();
  clock.advance(1_000);
  await turn();
  expect(output.flushed).toEqual([{ startSeconds: at(0), endSeconds: at(40) }]);
});

describe("a stop", () => {
  test("ends the shards, closes the open interval, then the outputs", async () => {
    const { flush, calls, output, clock, advance } = harness();
    await advance(1_000);
    calls.length = 0;
    await flush.stop(clock.nowMs() + 5_000);
    expect(calls).toEqual(["stop", "drained", "out tick", "out flush", "out close"]);
    expect(output.flushed).toEqual([{ startSeconds: at(0), endSeconds: at(10) }]);
    calls.length = 0;
    await advance(20_000);
    expect(calls).toEqual([]);
  });

  test("that comes just after a boundary closes the interval that has ended", async () => {
    const { flush, output, clock } = harness({ drainIntervalMs: 60_000 });
    const stopped = harness({ drainIntervalMs: 60_000 });
    await stopped.advance(7_000);
    await stopped.flush.stop(stopped.clock.nowMs() + 5_000);
    expect(stopped.output.flushed.map(({ startSeconds }) => startSeconds)).toEqual([at(0), at(10)]);
    await flush.stop(clock.nowMs() + 5_000);
    expect(output.flushed.map(({ startSeconds }) => startSeconds)).toEqual([at(0)]);
  });

  test("does not wait for a shard that hangs longer than half of its time: it is ended, the outputs get their flush", async () => {
    let kills = 0;
    const { flush, calls, clock, logged } = harness({
      shards: shards({ stop: () => new Promise(() => {}), kill: async () => void kills++ }),
    });
    const stopping = flush.stop(clock.nowMs() + 4_000);
    await turn();
    clock.advance(1_999);
    await turn();
    expect(calls).toEqual([]);
    clock.advance(1);
    await stopping;
    expect(calls).toEqual(["out flush", "out close"]);
    expect(kills).toBe(1);
    expect(logged.join()).toContain("did not stop in time");
  });

  test("does not wait for an output that hangs beyond the deadline", async () => {
    const output = { ...recordingOutput("slow"), close: () => new Promise<void>(() => {}) };
    const { flush, clock, logged } = harness({ outputs: [output] });
    const stopping = flush.stop(clock.nowMs() + 4_000);
    await turn();
    clock.advance(4_000);
    await stopping;
    expect(logged.join()).toContain("outputs did not finish in time");
  });
});

test("a drain that breaks is told as a failure: it is a bug, and nobody may carry on as if it were not", async () => {
  const broken = (): never => {
    throw new Error("impossible");
  };
  const { flush, advance } = harness({ onDrained: broken });
  await advance(1_000);
  expect((await flush.failed).message).toBe("impossible");
});
