import { describe, expect, it } from "vitest";
import { Pace } from "../../src/load/pace.ts";
import { makeScenario } from "../../src/load/scenario.ts";
import type { LoadHost, LoadPlan } from "../../src/load/send-load.ts";
import { sendLoad } from "../../src/load/send-load.ts";
import type { Sender } from "../../src/load/sender.ts";

describe("the pace", () => {
  it("lets as many datagrams fall due as the rate says, fractions kept", () => {
    const pace = new Pace(1_500, 100, 20);
    const due = Array.from({ length: 10 }, (_, i) => {
      const now = pace.due(101 + i);
      pace.spend(now);
      return now;
    });
    expect(due).toEqual([1, 2, 1, 2, 1, 2, 1, 2, 1, 2]);
  });

  it("catches up with the last milliseconds only", () => {
    const pace = new Pace(1_000, 0, 20);
    expect(pace.due(15)).toBe(15);
    expect(pace.due(5_000)).toBe(20);
  });

  it("lets one datagram fall due at a rate of one a minute", () => {
    const pace = new Pace(1 / 60, 0, 20);
    expect([pace.due(59_000), pace.due(60_000), pace.due(600_000)]).toEqual([0, 1, 1]);
  });

  it("without a rate always has more", () => {
    const pace = new Pace(Infinity, 0, 20);
    pace.spend(1_000);
    expect(pace.due(0)).toBe(Infinity);
  });
});

const SCENARIO = makeScenario({
  seed: 1,
  series: 10,
  mix: [{ wire: "c", weight: 1 }],
  tags: 0,
  linesPerDatagram: 2,
  datagramBytes: 1_432,
  lines: 30,
  prefix: "x",
});

/** A sender that takes what `room` says, and a clock that each wait moves on. */
function setUp(room: (nowMs: number, count: number) => number = (_, count) => count) {
  let nowMs = 0;
  const calls: [atMs: number, from: number, taken: number][] = [];
  const sender: Sender = {
    how: "a test",
    send(from, count, times) {
      const taken = room(nowMs, count);
      for (let i = from; i < from + taken; i++) times[i] = (times[i] as number) + 1;
      calls.push([nowMs, from, taken]);
      return taken;
    },
    sendOne: () => true,
    refused: new Map(),
    close: () => Promise.resolve(),
  };
  const host: LoadHost = {
    monotonicMs: () => nowMs,
    pause: async () => void (nowMs += 1),
    breathe: async () => void (nowMs += 0.01),
  };
  return { calls, sender, host };
}

const PLAN: LoadPlan = { datagramsPerSecond: 4_000, durationMs: 1_000, datagramsMax: Infinity };

describe("sending", () => {
  it("keeps the rate to the datagram, in steps of a millisecond", async () => {
    const { calls, sender, host } = setUp();
    const sent = await sendLoad(SCENARIO, sender, PLAN, host);
    expect(sent.datagrams).toBeGreaterThan(3_990);
    expect(sent.datagrams).toBeLessThanOrEqual(4_000);
    expect(Math.max(...calls.map(([, , taken]) => taken))).toBeLessThanOrEqual(5);
    expect(sent.lines).toBe(sent.datagrams * 2);
  });

  it("sends the scenario in turn from its beginning, and counts each datagram", async () => {
    const { calls, sender, host } = setUp();
    const sent = await sendLoad(SCENARIO, sender, { ...PLAN, datagramsPerSecond: Infinity, datagramsMax: 35 }, host);
    expect(calls.map(([, from, taken]) => [from, taken])).toEqual([
      [0, 15],
      [0, 15],
      [0, 5],
    ]);
    expect([...sent.times]).toEqual([3, 3, 3, 3, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
    expect(sent.bytes).toBe(SCENARIO.datagrams.reduce((sum, { length }, i) => sum + length * (i < 5 ? 3 : 2), 0));
  });

  it("offers again what the kernel had no room for, and does not burst afterwards", async () => {
    const stalled = (nowMs: number, count: number): number => (nowMs > 100 && nowMs < 400 ? 0 : count);
    const { calls, sender, host } = setUp(stalled);
    const sent = await sendLoad(SCENARIO, sender, PLAN, host);
    const after = calls.filter(([atMs]) => atMs >= 400 && atMs < 402);
    // 20 ms of 4 datagrams each, and what falls due meanwhile.
    expect(after.reduce((sum, [, , taken]) => sum + taken, 0)).toBeLessThanOrEqual(80 + 12);
    expect(sent.datagrams).toBeGreaterThan(2_800);
    expect(sent.datagrams).toBeLessThan(2_900);
  });

  it("stops at once when it is told to", async () => {
    const { sender, host } = setUp();
    const stop = new AbortController();
    const onProgress = (): void => stop.abort();
    const sent = await sendLoad(SCENARIO, sender, PLAN, { ...host, onProgress, signal: stop.signal });
    expect(sent.seconds).toBeGreaterThan(0.24);
    expect(sent.seconds).toBeLessThan(0.26);
  });

  it("tells its progress four times a second", async () => {
    const { sender, host } = setUp();
    const told: number[] = [];
    await sendLoad(SCENARIO, sender, PLAN, { ...host, onProgress: ({ elapsedMs }) => void told.push(elapsedMs) });
    expect(told.length).toBeGreaterThanOrEqual(3);
    expect(told.length).toBeLessThanOrEqual(4);
  });
});
