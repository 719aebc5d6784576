import { describe, expect, it } from "vitest";
import { measureLatency, probeKind } from "../../../src/cli/bench/latency.ts";
import { kindRow } from "../../../src/model/kind.ts";
import { statusOf } from "./support.ts";

interface Simulated {
  /** When a probe has arrived; Infinity = never. */
  readonly arrivesAfterMs: (probe: number) => number;
  readonly forMs?: number;
  /** Whether the kernel takes a probe. */
  readonly takes?: (call: number) => boolean;
}

const ASK_MS = 2;

/** A server and a clock by hand: an answer counts what had arrived when it was asked. */
async function measure({ arrivesAfterMs, forMs = 5_000, takes = () => true }: Simulated) {
  let nowMs = 0;
  let calls = 0;
  const sentMs: number[] = [];
  const end = new AbortController();
  const pass = (ms: number): void => {
    nowMs += ms;
    if (nowMs >= forMs) end.abort();
  };
  const latency = await measureLatency({
    sender: {
      sendOne(datagram) {
        expect(Buffer.from(datagram).toString()).toBe("b.probe:1|s");
        return takes(calls++) && sentMs.push(nowMs) > 0;
      },
    },
    async drained() {
      const set = sentMs.filter((atMs, i) => nowMs >= atMs + arrivesAfterMs(i)).length;
      pass(ASK_MS);
      return statusOf({ samples: { set: 7 + set, counter: nowMs } });
    },
    name: "b.probe",
    kind: kindRow("set"),
    host: { monotonicMs: () => nowMs, sleep: async (ms) => pass(ms) },
    signal: end.signal,
  });
  return { latency, sent: sentMs.length };
}

describe("latency", () => {
  it("is the time until a drain has brought the probe", async () => {
    const { latency, sent } = await measure({ arrivesAfterMs: () => 0 });
    expect(latency).toEqual({ probes: sent, unseen: 0, p50Ms: 2, p99Ms: 2, maxMs: 2 });
    expect(sent).toBeGreaterThan(20);
  });

  it("has the slow ones in its upper quantiles only", async () => {
    const { latency } = await measure({ arrivesAfterMs: (probe) => (probe % 10 === 9 ? 100 : 0), forMs: 30_000 });
    expect(latency).toMatchObject({ p50Ms: 2, p99Ms: 102, maxMs: 102, unseen: 0 });
  });

  it("counts a probe that has not arrived within three seconds, and goes on", async () => {
    const { latency } = await measure({ arrivesAfterMs: (probe) => (probe === 1 ? Infinity : 0), forMs: 10_000 });
    expect(latency).toMatchObject({ unseen: 1, maxMs: 2 });
    expect(latency.probes).toBeGreaterThan(10);
  });

  it("does not count what the kernel did not take", async () => {
    const { latency, sent } = await measure({ arrivesAfterMs: () => 0, takes: (call) => call % 2 === 1 });
    expect(latency).toMatchObject({ probes: sent, unseen: 0 });
  });

  it("is measured by a kind that the load does not have", () => {
    const part = (wire: string) => ({ wire, weight: 1 });
    expect(probeKind(["c", "g", "ms", "h", "d"].map(part))?.wire).toBe("s");
    expect(probeKind(["c"].map(part))?.wire).toBe("d");
    expect(probeKind(["c", "g", "ms", "h", "d", "s"].map(part))).toBeUndefined();
  });
});
