import { describe, expect, it } from "vitest";
import { measureLatency } from "../../../src/cli/bench/latency.ts";
import type { Latency } from "../../../src/cli/bench/latency.ts";

interface Simulated {
  /** When a value sent at `sentMs` is on the page; Infinity = never. */
  readonly visibleAfterMs: (probe: number) => number;
  readonly scrapeMs?: number;
  readonly forMs?: number;
  /** Whether the kernel takes a probe. */
  readonly takes?: (call: number) => boolean;
}

/** A server and a clock by hand: a scrape shows what was visible when it began. */
async function measure({ visibleAfterMs, scrapeMs = 2, forMs = 5_000, takes = () => true }: Simulated) {
  let nowMs = 0;
  let calls = 0;
  const sends: { readonly atMs: number; readonly value: number; readonly line: string }[] = [];
  const end = new AbortController();
  const pass = (ms: number): void => {
    nowMs += ms;
    if (nowMs >= forMs) end.abort();
  };
  const latency: Latency = await measureLatency({
    sender: {
      sendOne(datagram) {
        if (!takes(calls++)) return false;
        const line = Buffer.from(datagram).toString();
        sends.push({ atMs: nowMs, value: Number(/:(\d+)/.exec(line)?.[1]), line });
        return true;
      },
    },
    async sample(name) {
      expect(name).toBe("b_probe");
      const seen = sends.filter(({ atMs }, i) => nowMs >= atMs + visibleAfterMs(i));
      pass(scrapeMs);
      return seen.at(-1)?.value;
    },
    name: "b.probe",
    firstValue: 1_700_000_000_000,
    host: { monotonicMs: () => nowMs, sleep: async (ms) => pass(ms) },
    signal: end.signal,
  });
  return { latency, sends };
}

describe("latency", () => {
  it("is the time until a scrape has shown the probe", async () => {
    const { latency, sends } = await measure({ visibleAfterMs: () => 0 });
    expect(latency).toMatchObject({ p50Ms: 2, p99Ms: 2, maxMs: 2, unseen: 0 });
    expect(latency.probes).toBe(sends.length);
    expect(latency.scrapes).toBe(sends.length);
    expect(sends[0]?.line).toBe("b.probe:1700000000000|g");
    expect(new Set(sends.map(({ value }) => value)).size).toBe(sends.length);
  });

  it("has the slow ones in its upper quantiles only", async () => {
    const { latency } = await measure({ visibleAfterMs: (probe) => (probe % 10 === 9 ? 100 : 0), forMs: 30_000 });
    expect(latency.p50Ms).toBe(2);
    expect(latency.p99Ms).toBeGreaterThanOrEqual(100);
    expect(latency.p99Ms).toBeLessThan(150);
  });

  it("scrapes no more than a sixth of the time, however slow a scrape is", async () => {
    const { latency } = await measure({ visibleAfterMs: () => 0, scrapeMs: 400, forMs: 24_000 });
    expect(latency.scrapes * 400).toBeLessThanOrEqual(24_000 / 6 + 400);
  });

  it("counts a probe that is not seen within three seconds, and goes on", async () => {
    const { latency } = await measure({ visibleAfterMs: (probe) => (probe === 1 ? Infinity : 0), forMs: 10_000 });
    // The next value on the page is larger, and does not stand for the lost one: that was given up before.
    expect(latency.unseen).toBe(1);
    expect(latency.probes).toBeGreaterThan(10);
    expect(latency.maxMs).toBe(2);
  });

  it("gives up where no probe is ever seen: the page has it by another name", async () => {
    const { latency } = await measure({ visibleAfterMs: () => Infinity, forMs: 60_000 });
    expect(latency).toMatchObject({ probes: 2, unseen: 2, p50Ms: 0, maxMs: 0 });
  });

  it("does not count what the kernel did not take", async () => {
    const { latency, sends } = await measure({ visibleAfterMs: () => 0, takes: (call) => call % 2 === 1 });
    expect(latency.probes).toBe(sends.length);
    expect(latency.unseen).toBe(0);
  });
});
