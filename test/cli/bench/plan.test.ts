import { describe, expect, it } from "vitest";
import { BENCH_DEFAULTS } from "../../../src/cli/bench/flags.ts";
import type { BenchFlags } from "../../../src/cli/bench/flags.ts";
import { readPlan } from "../../../src/cli/bench/plan.ts";
import type { BenchPlan } from "../../../src/cli/bench/plan.ts";

const DEFAULTS: BenchFlags = { ...BENCH_DEFAULTS, latency: true };

function planOf(flags: Partial<BenchFlags>): BenchPlan {
  const plan = readPlan({ ...DEFAULTS, ...flags });
  if (!plan.ok) throw new Error(plan.error.join());
  return plan.value;
}

function problemsOf(flags: Partial<BenchFlags>): readonly string[] {
  const plan = readPlan({ ...DEFAULTS, ...flags });
  return plan.ok ? [] : plan.error;
}

describe("the flags of bench", () => {
  it("have defaults that send 100,000 lines a second to the server of this machine for 10 seconds", () => {
    const plan = planOf({});
    expect(plan).toMatchObject({
      target: { scheme: "udp", host: "127.0.0.1", port: 8_125 },
      rate: 100_000,
      durationMs: 10_000,
      sockets: 4,
      verify: undefined,
      mayLeaveMachine: false,
    });
    expect(plan.scenario).toMatchObject({ series: 10_000, linesPerDatagram: 20, tags: 3, seed: 1 });
  });

  it.each([
    ["250", 250],
    ["100k", 100_000],
    ["2.5M", 2_500_000],
    ["max", Infinity],
  ])("read the rate %s as %d lines a second", (rate, want) => {
    expect(planOf({ rate }).rate).toBe(want);
  });

  it.each([
    [{ rate: "0" }, "--rate: write lines a second"],
    [{ rate: "1e3" }, "--rate: write lines a second"],
    [{ rate: "-5" }, "--rate: write lines a second"],
    [{ rate: "101M" }, "--rate: write lines a second"],
    [{ rate: "1.2.3k" }, "--rate: write lines a second"],
    [{ duration: "10" }, "--duration: write a duration"],
    [{ duration: "2h" }, "--duration: write a duration"],
    [{ stepDuration: "1ms" }, "--step-duration: write a duration"],
    [{ series: "0" }, "--series: write a whole number from 1 to 1000000"],
    [{ series: "1.5" }, "--series: write a whole number"],
    [{ tags: "11" }, "--tags: write a whole number from 0 to 10"],
    [{ sockets: "257" }, "--sockets: write a whole number from 1 to 256"],
    [{ seed: "x" }, "--seed: write a whole number"],
    [{ mix: "q:1" }, "--mix: there is no type"],
    [{ prefix: "a|b" }, "--prefix: write letters"],
    [{ linesPerDatagram: "all" }, "--lines-per-datagram: write a whole number"],
    [{ datagramBytes: "65508" }, "--datagram-bytes: write a whole number from 64 to 65507"],
    [{ target: "127.0.0.1" }, "--target: a target is udp://HOST:PORT"],
    [{ verify: "127.0.0.1:9102" }, "--verify: write the server's HTTP address"],
    [{ verify: "ftp://127.0.0.1" }, "--verify: write the server's HTTP address"],
    [{ verify: "http://u:100%@127.0.0.1:9102" }, "--verify: write a percent sign in a name or password as %25"],
    [{ findMax: true }, "--find-max: needs --verify"],
    [{ findMax: true, verify: "http://127.0.0.1:1", rate: "max" }, "--rate: with --find-max"],
  ])("%j are refused: %s", (flags, problem) => {
    expect(problemsOf(flags)).toEqual([expect.stringContaining(problem)]);
  });

  it("tell every problem at once", () => {
    expect(problemsOf({ rate: "x", duration: "x", mix: "x", target: "x" })).toHaveLength(4);
  });

  it("never ask for more made-up lines than memory should hold", () => {
    const { scenario } = planOf({ linesPerDatagram: "max", datagramBytes: "65507" });
    expect(scenario.lines).toBe(2_000_000);
    expect(planOf({ linesPerDatagram: "1" }).scenario.lines).toBe(10_000);
  });
});
