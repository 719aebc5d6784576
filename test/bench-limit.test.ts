import { describe, expect, test } from "vitest";
import { comparePeers, SHAPES } from "../bench/compare/compare.ts";
import type { PeerResult } from "../bench/compare/compare.ts";
import { insertTable, table } from "../bench/compare/table.ts";
import { tallyd } from "../bench/compare/tallyd.ts";
import { measureRun } from "../bench/limit/measure.ts";
import { startDrain } from "../bench/limit/receiver.ts";
import { format, verdict } from "../bench/limit/report.ts";
import { lowRates, removeTools } from "../bench/limit/sections.ts";
import { compileTools, Sender } from "../bench/load/native.ts";
import { faults, growth, soak } from "../bench/soak/soak.ts";
import type { SoakReport } from "../bench/soak/soak.ts";
import { Server } from "../bench/server.ts";
import { startIntake } from "./support/intake/intake.ts";

const KEY = "0123456789abcdef0123456789abcdef";
/** A server is settled after two drains without news: let them come quickly. */
process.env["TALLYD_DRAIN_INTERVAL"] = "100ms";
const PLAN = { rounds: 1, seconds: 0.3, max: false };

describe("the bench against the limit", () => {
  const tools = compileTools();

  test.runIf(tools !== undefined)("counts every line of every datagram, in a sender and a receiver in C", async () => {
    if (tools === undefined) return;
    const drain = await startDrain(tools);
    const load = {
      seed: 1,
      series: 50,
      mix: "all",
      datagramBytes: 1_432,
      lines: 500,
      prefix: "c",
      sockets: 3,
    } as const;
    const run = await measureRun(drain, new Sender(tools), { ...load, datagrams: 900, datagramsPerSecond: 3_000 });
    await drain.stop();
    expect(run.sent.datagrams).toBe(900);
    expect({ lines: run.lines, drops: run.drops }).toEqual({ lines: run.sent.lines, drops: 0 });
    expect(run.cpuNs).toBeGreaterThan(0);
    expect(run.sent.seconds).toBeGreaterThan(0.25);
  });

  test.runIf(tools !== undefined)(
    "measures a server, with and without traffic",
    async () => {
      if (tools === undefined) return;
      const { findings } = await lowRates(tools, PLAN);
      removeTools(tools);
      expect(findings.map(({ what }) => what)).toContain("idle, dgram");
      expect(findings.every(({ value }) => value >= 0)).toBe(true);
    },
    120_000,
  );

  test("says met where a number is within its target, on either side", () => {
    const finding = { what: "", value: 3, unit: "", note: "" };
    const max = (value: number): string => verdict({ ...finding, target: { bound: "max", value } });
    const min = (value: number): string => verdict({ ...finding, target: { bound: "min", value } });
    expect([max(3), max(2.9), min(3), min(3.1), verdict(finding)]).toEqual(["met", "not met", "met", "not met", ""]);
    expect([0, 12, 1_234_567, 0.1234, 12.34].map(format)).toEqual(["0", "12", "1,234,567", "0.12", "12.3"]);
  });
});

describe("the comparison with other servers", () => {
  const round = { lines: 1_000, cpuNs: 5e6, datagrams: 100, drops: 10, residentBytes: 2e7, counted: undefined };
  const rounds = Object.fromEntries(SHAPES.map(({ name }) => [name, [round]]));
  const ours: PeerResult = { name: "tallyd", install: "", version: "1", rounds, maxima: {}, notRun: "" };
  const absent: PeerResult = { ...ours, name: "other", install: "get other", rounds: {}, notRun: "not installed" };
  const text = table([ours, absent], PLAN, "here");

  test("divides by the lines that were read, and names a peer that was not run", () => {
    expect(text).toContain("| tallyd | 1 | 5.56 | 1 | 10 % | 20 | not searched |");
    expect(text).toContain("| other | | not run: not installed (`get other`) |");
  });

  test("replaces the table between the README's markers and nothing else", () => {
    const readme = "before\n<!-- compare:begin -->\nold\n<!-- compare:end -->\nafter\n";
    const once = insertTable(readme, text);
    expect(once).toContain("tallyd");
    expect(once).not.toContain("old");
    expect(insertTable(once, text)).toBe(once);
    expect(() => insertTable("no markers", text)).toThrow("no markers");
  });

  test("runs a server as its peers are run", async () => {
    const [result] = await comparePeers([tallyd], new Sender(undefined), PLAN);
    expect(result?.notRun).toBe("");
    for (const { name } of SHAPES) {
      const [only] = result?.rounds[name] ?? [];
      expect(only?.counted).toBe(only?.lines);
    }
  }, 60_000);
});

describe("the soak", () => {
  test("sees memory that climbs, and none where it only swings", () => {
    const swing = Array.from({ length: 300 }, (_, i) => 1e8 + (i % 10) * 1e6);
    expect(Math.abs(growth(swing))).toBeLessThan(1e6);
    expect(growth(swing.map((bytes, i) => bytes + i * 1e5))).toBeGreaterThan(1.8e7);
  });

  test("loses nothing in two seconds, and would say so", async () => {
    const intake = await startIntake({ keys: [KEY] });
    process.env["DD_API_KEY"] = KEY;
    const server = await Server.start(["--datadog-url", intake.url, "--flush-interval", "1s"]);
    delete process.env["DD_API_KEY"];
    try {
      const short = await soak(server, intake, new Sender(undefined), { seconds: 2, perSecond: 200 });
      // Two readings say nothing about memory.
      const report: SoakReport = { ...short, resident: [1, 1, 1] };
      expect(faults(report)).toEqual([]);
      expect(faults({ ...report, datagrams: report.datagrams + 1 })).toEqual([
        expect.stringContaining("1 unexplained"),
      ]);
      expect(faults({ ...report, resident: [1, 1, 2, 3, 4, 5] })).toEqual([expect.stringContaining("memory grew")]);
      expect(faults({ ...report, intakeRefusals: ["why"] })).toEqual([expect.stringContaining("why")]);
      const ledger = { ...report.status.ledger, balance: 3 };
      expect(faults({ ...report, status: { ...report.status, ledger } })).toEqual(["the ledger's balance is 3"]);
    } finally {
      await server.stop();
      await intake.close();
    }
  }, 60_000);
});
