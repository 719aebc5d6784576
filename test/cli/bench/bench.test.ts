import { describe, expect, it } from "vitest";
import { bench } from "../../../src/cli/bench/bench.ts";
import type { BenchHost } from "../../../src/cli/bench/host.ts";
import { BENCH_DEFAULTS } from "../../../src/cli/bench/flags.ts";
import type { BenchFlags } from "../../../src/cli/bench/flags.ts";
import type { BenchReport } from "../../../src/cli/bench/report.ts";
import { pageName, ServerViewError } from "../../../src/cli/bench/server-view.ts";
import type { Sender } from "../../../src/load/sender.ts";
import type { SenderOptions } from "../../../src/load/senders.ts";
import { TargetError } from "../../../src/transport/target/target.ts";
import { recorder } from "../terminal.ts";
import { statusOf } from "./support.ts";

interface Simulated {
  /** Lines a second that the server reads; the kernel drops the datagrams of the others. */
  readonly capacity?: number;
  readonly addresses?: readonly string[];
  /** Instead of an open sender. */
  readonly fails?: TargetError;
  /** Shows so much more than was sent. */
  readonly wrongBy?: number;
  /** CPU seconds that a question for the status costs. */
  readonly askSeconds?: number;
  /** When the server is gone. */
  readonly diesAtMs?: number;
}

/** A whole server behind a sender that only counts, and a clock that moves when somebody waits. */
function simulate({ capacity = Infinity, addresses = [], fails, wrongBy = 0, ...other }: Simulated = {}) {
  const { askSeconds = 0, diesAtMs = Infinity } = other;
  let nowMs = 0;
  let [received, datagrams, drops, cpu, tokens, filledMs] = [0, 0, 0, 1, 0, 0];
  let set = 0;
  const sums = new Map<string, number>();
  const targets: SenderOptions["target"][] = [];
  const progress: string[] = [];
  const files = new Map<string, string>();
  let interrupt = (): void => {};
  let [isClosed, sentLate] = [false, 0];
  const offer = (datagram: Uint8Array): boolean => {
    const lines = Buffer.from(datagram).toString().split("\n");
    if (capacity !== Infinity) {
      tokens = Math.min(capacity * 0.02, tokens + ((nowMs - filledMs) / 1_000) * capacity);
      filledMs = nowMs;
      if (tokens < lines.length) return (drops++, true);
      tokens -= lines.length;
    }
    datagrams++;
    received += lines.length;
    cpu += lines.length * 1e-6;
    for (const line of lines) {
      const [, name = "", value = "", wire = ""] = /^([^:]+):([^|]+)\|(\w+)/.exec(line) ?? [];
      if (wire === "s") set++;
      const shown = pageName(name, wire);
      sums.set(shown, (wire === "c" ? (sums.get(shown) ?? 0) : 0) + Number(value));
    }
    return true;
  };
  const open = (options: Omit<SenderOptions, "libc">): Sender => ({
    how: "a simulation",
    send(from, count, times) {
      if (isClosed) sentLate++;
      for (let i = from; i < from + count; i++) {
        offer(options.datagrams[i] as Buffer);
        times[i] = (times[i] as number) + 1;
      }
      return count;
    },
    sendOne: offer,
    refused: new Map(),
    close: async () => void (isClosed = true),
  });
  const status = async () => {
    if (nowMs >= diesAtMs) throw new ServerViewError("the server does not answer");
    cpu += askSeconds;
    return statusOf({ received, datagrams, kernelDrops: drops, samples: { set } });
  };
  const page = async () =>
    new Map([
      ...[...sums].map(([name, sum]) => [name, sum + (datagrams > 1_000 ? wrongBy : 0)] as const),
      ["process_cpu_seconds_total", cpu] as const,
    ]);
  const host: BenchHost = {
    monotonicMs: () => nowMs,
    nowMs: () => 1_700_000_000_000 + nowMs,
    pause: async () => void (nowMs += 1),
    breathe: async () => void (nowMs += 0.05),
    sleep: async (ms) => {
      const untilMs = nowMs + ms;
      // The others go on meanwhile: they move the clock.
      while (nowMs < untilMs) await new Promise<void>((resolve) => setImmediate(() => ((nowMs += 0.01), resolve())));
    },
    resolve: async () => addresses,
    async openSender(options) {
      if (fails !== undefined) throw fails;
      targets.push(options.target);
      return open(options);
    },
    openView: () => ({ status, page, drained: status }),
    showProgress: (text) => void progress.push(text),
    tryFile: async (path) => {
      if (path === "nowhere/at/all") throw new Error("ENOENT: no such directory");
    },
    writeFile: async (path, text) => {
      if (path === "full.html") throw new Error("ENOSPC: the disk is full");
      files.set(path, text);
    },
    onInterrupt: (handler) => {
      interrupt = handler;
      return () => {};
    },
  };
  return { host, targets, progress, files, interrupt: () => interrupt(), nowMs: () => nowMs, sentLate: () => sentLate };
}

async function run(simulated: ReturnType<typeof simulate>, flags: Partial<BenchFlags>) {
  const terminal = recorder();
  const short = { ...BENCH_DEFAULTS, latency: false, series: "200", duration: "1s", stepDuration: "300ms" };
  const code = await bench({ ...short, ...flags }, "1.2.3", terminal, simulated.host);
  return { code, out: terminal.printed.join("\n"), err: terminal.complained.join("\n") };
}

/** Somebody presses Ctrl-C when a progress line with that text is shown. */
function interruptedAt(simulated: ReturnType<typeof simulate>, what: string): ReturnType<typeof simulate> {
  const showProgress = (text: string): void => {
    if (text.includes(what)) simulated.interrupt();
  };
  return { ...simulated, host: { ...simulated.host, showProgress } };
}

const VERIFY = "http://127.0.0.1:9102";

describe("bench", () => {
  it("answers 0 when all that was sent arrived", async () => {
    const { code, out } = await run(simulate(), { verify: VERIFY });
    expect(code).toBe(0);
    expect(out).toContain("lost      0 lines (0.000 %)");
    expect(out).toContain("100 of 100 counters show exactly what was sent");
    expect(out).toContain("1,000 ns a line");
  });

  it("answers 1 when lines were lost, and says where", async () => {
    const { code, out } = await run(simulate({ capacity: 50_000 }), { verify: VERIFY });
    expect(code).toBe(1);
    expect(out).toMatch(/FAIL: 49\.\d+ % of the lines were lost/);
    expect(out).toContain("dropped by the kernel");
    expect(out).not.toContain("never read");
  });

  it("answers 1 when nothing was lost and the sums are wrong", async () => {
    const { code, out } = await run(simulate({ wrongBy: 1 }), { verify: VERIFY });
    expect([code, out.includes("counters do not show what was sent")]).toEqual([1, true]);
  });

  it("answers 0 without a server to ask, and says that nothing was verified", async () => {
    const { code, out } = await run(simulate(), {});
    expect([code, out.includes("nothing was verified")]).toEqual([0, true]);
  });

  it("measures latency while it sends", async () => {
    const { out } = await run(simulate(), { verify: VERIFY, latency: true });
    expect(out).toMatch(/latency {3}p50 .* ms from send to the outputs \(\d+ probes/);
    expect(out).toContain("lost      0 lines");
  });

  it("prints one JSON object and nothing else", async () => {
    const { out } = await run(simulate(), { verify: VERIFY, json: true });
    const report = JSON.parse(out) as BenchReport;
    expect(report).toMatchObject({ tool: "tallyd bench", version: "1.2.3", ok: true, load: { series: 200 } });
    expect(report.run.sent.lines).toBe(report.run.server?.received);
  });

  it("shows its progress, and wipes it in the end", async () => {
    const simulated = simulate();
    await run(simulated, { verify: VERIFY });
    expect(
      simulated.progress.some((text) => /^0\.\d s {2}[\d,]+ lines\/s {2}[\d,]+ lines sent {2}0 refused$/.test(text)),
    ).toBe(true);
    expect(simulated.progress.at(-1)).toBe("");
  });

  it("stops when it is interrupted, and still says what became of what was sent", async () => {
    const simulated = simulate();
    const { code, out } = await run(interruptedAt(simulated, "lines/s"), { verify: VERIFY, duration: "1h" });
    expect(code).toBe(0);
    expect(out).toMatch(/for 0\.\d s/);
  });

  it("has nothing to say when it is interrupted before anything was measured", async () => {
    const simulated = interruptedAt(simulate(), "every series once");
    expect(await run(simulated, { verify: VERIFY, series: "20000" })).toEqual({
      code: 1,
      out: "",
      err: "interrupted before anything was measured",
    });
  });

  it("shows how far a search came that is interrupted", async () => {
    const simulated = interruptedAt(simulate({ capacity: 130_000 }), "trying 200,000");
    const { code, out } = await run(simulated, { verify: VERIFY, findMax: true });
    expect(code).toBe(1);
    expect(out).toMatch(/100,000 .* good\n/);
    expect(out).toContain("maximum   not found: interrupted");
  });

  it("meets every series within seconds, however low the rate is", async () => {
    const simulated = simulate();
    expect((await run(simulated, { verify: VERIFY, rate: "100", series: "10000" })).code).toBe(0);
    expect(simulated.nowMs()).toBeLessThan(15_000);
  });

  it("does not count its own questions as CPU of the load", async () => {
    const { out } = await run(simulate({ askSeconds: 0.01 }), { verify: VERIFY, latency: true });
    expect(out).toContain("1,000 ns a line");
  });

  it("ends at once when the server dies, and sends nothing more", async () => {
    const simulated = simulate({ diesAtMs: 5_000 });
    const { pause } = simulated.host;
    // The sender must let the probes have their turn.
    const host = { ...simulated.host, pause: () => new Promise<void>((resolve) => setImmediate(resolve)).then(pause) };
    const flags = { verify: VERIFY, latency: true, duration: "1h" };
    const result = await run({ ...simulated, host }, flags);
    expect(result).toEqual({ code: 1, out: "", err: "the server does not answer" });
    expect(simulated.nowMs()).toBeLessThan(6_000);
    // A sender that still runs would have its turns now.
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(simulated.sentLate()).toBe(0);
  });

  it("finds the highest rate, draws it, and writes a page", async () => {
    const simulated = simulate({ capacity: 130_000 });
    const { code, out } = await run(simulated, { verify: VERIFY, findMax: true, rate: "50k", html: "max.html" });
    expect(code).toBe(0);
    const max = Number(/maximum +([\d,]+) lines/.exec(out)?.[1]?.replaceAll(",", ""));
    expect(max).toBeGreaterThan(105_000);
    expect(max).toBeLessThanOrEqual(131_000);
    expect(out).toContain("the server lost lines above it");
    expect(out).toMatch(/ confirmed\n/);
    expect(simulated.files.get("max.html")).toContain("<svg");
  });
});

describe("bench refuses", () => {
  it("a wrong command line, with 2 and every problem", async () => {
    const { code, err } = await run(simulate(), { rate: "x", series: "y" });
    expect([code, err.split("\n").length]).toEqual([2, 2]);
  });

  it.each([
    ["udp://192.0.2.1:8125", []],
    ["tcp://[2001:db8::1]:8125", []],
    ["udp://stats.example.org", ["127.0.0.1", "192.0.2.1"]],
  ])("%s, which is not this machine, unless it is told that it may", async (target, addresses) => {
    const simulated = simulate({ addresses });
    const { code, err } = await run(simulated, { target });
    expect(code).toBe(2);
    expect(err).toContain("--i-own-this-target");
    expect(simulated.targets).toEqual([]);
    expect((await run(simulated, { target, iOwnThisTarget: true })).code).toBe(0);
    expect(simulated.targets).toHaveLength(1);
  });

  it("a host name that means nothing", async () => {
    const { code, err } = await run(simulate(), { target: "udp://no.such.host" });
    expect([code, err]).toEqual([2, "--target: the host name no.such.host cannot be resolved"]);
  });

  it("nothing of localhost, which it sends to by its address", async () => {
    const simulated = simulate({ addresses: ["127.0.0.1", "::1"] });
    expect((await run(simulated, { target: "udp://localhost:9999" })).code).toBe(0);
    expect(simulated.targets).toEqual([{ scheme: "udp", host: "127.0.0.1", port: 9_999 }]);
  });

  it("to call it good where nobody listens", async () => {
    const simulated = simulate();
    const host = {
      ...simulated.host,
      openSender: async (options: Parameters<BenchHost["openSender"]>[0]) => ({
        ...(await simulated.host.openSender(options)),
        refused: new Map([["ECONNREFUSED", 7]]),
      }),
    };
    const { code, out } = await run({ ...simulated, host }, {});
    expect([code, out.split("\n").at(-1)]).toEqual([
      1,
      "FAIL: nobody listens at udp://127.0.0.1:8125: 7 times this kernel said so",
    ]);
  });

  it("to go on when the target cannot be reached, with 1 and the reason", async () => {
    const target = { scheme: "tcp", host: "127.0.0.1", port: 9 } as const;
    const { code, err } = await run(simulate({ fails: new TargetError(target, "nobody listens there", true) }), {});
    expect([code, err]).toEqual([1, "tcp://127.0.0.1:9: nobody listens there"]);
  });

  it("to begin when the page cannot be written", async () => {
    const simulated = simulate();
    const { code, err } = await run(simulated, { html: "nowhere/at/all" });
    expect([code, err]).toEqual([1, "--html: ENOENT: no such directory"]);
    expect(simulated.targets).toEqual([]);
  });

  it("to lose the result when the page cannot be written after all", async () => {
    const { code, out, err } = await run(simulate(), { html: "full.html", json: true });
    expect([code, err]).toEqual([1, "--html: ENOSPC: the disk is full"]);
    expect((JSON.parse(out) as BenchReport).ok).toBe(true);
  });

  it("a rate at which no datagram would be due", async () => {
    const { code, err } = await run(simulate(), { rate: "10" });
    expect([code, err]).toEqual([2, expect.stringMatching(/^--rate: .* no datagram of 20 lines is due within 1 s/)]);
  });
});
