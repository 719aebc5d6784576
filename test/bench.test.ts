import { describe, expect, test } from "vitest";
import { benchCore } from "../bench/core.ts";
import { benchEndToEnd } from "../bench/end-to-end.ts";
import { makeScenario, totalsByKind } from "../bench/load/scenario.ts";
import { benchMemory } from "../bench/memory.ts";
import { median } from "../bench/result.ts";
import { benchScrape } from "../bench/scrape.ts";

describe("a bench of small size runs and answers the same hash each time", () => {
  test("core", () => {
    expect(benchCore("small").hash).toBe(benchCore("small").hash);
  });

  test("end to end loses no line at a low rate", async () => {
    const result = await benchEndToEnd("small");
    expect(result.rows.filter((row) => row.unit === "lines/s").map((row) => row.note)).toEqual([
      expect.stringContaining("lost 0 (0.000 %); kernel dropped 0"),
      expect.stringContaining("lost 0 (0.000 %); kernel dropped 0"),
    ]);
  }, 60_000);

  test("scrape", async () => {
    const result = await benchScrape("small");
    expect(result.rows.find((row) => row.name === "page")?.value).toBeGreaterThan(500 * 40);
  }, 60_000);

  test("memory", async () => {
    expect((await benchMemory("small")).rows).toHaveLength(1);
  }, 60_000);
});

describe("the load scenario", () => {
  const options = { seed: 5, series: 40, mix: "mixed", datagramBytes: 1_432, lines: 400, prefix: "x" } as const;

  test("is the same bytes for the same seed, and others for another", () => {
    expect(makeScenario(options).datagrams).toEqual(makeScenario(options).datagrams);
    expect(makeScenario({ ...options, seed: 6 }).datagrams).not.toEqual(makeScenario(options).datagrams);
  });

  test("knows exactly what it sends, also when it repeats and stops in the middle", () => {
    const scenario = makeScenario(options);
    for (const sent of [0, 1, 7, scenario.datagrams.length, scenario.datagrams.length * 2 + 3]) {
      const counted = new Map<string, { samples: number; sum: number }>();
      for (let i = 0; i < sent; i++) {
        for (const line of scenario.datagrams[i % scenario.datagrams.length]?.toString().split("\n") ?? []) {
          const [, value = "", kind = ""] = /^[^:]+:(\d+)\|(\w+)/.exec(line) ?? [];
          const total = counted.get(kind) ?? { samples: 0, sum: 0 };
          counted.set(kind, { samples: total.samples + 1, sum: total.sum + Number(value) });
        }
      }
      const totals = totalsByKind(scenario.totals(sent));
      for (const [kind, { samples, sum }] of counted) {
        expect(totals[kind]?.samples).toBe(samples);
        if (kind === "c" || kind === "ms") expect(totals[kind]?.value).toBe(sum);
      }
      expect(Object.keys(totals).sort()).toEqual([...counted.keys()].sort());
    }
  });

  test("fills datagrams up to the asked size, or sends one line in each", () => {
    expect(Math.max(...makeScenario(options).datagrams.map((datagram) => datagram.length))).toBeLessThanOrEqual(1_432);
    expect(makeScenario({ ...options, datagramBytes: 0 }).datagrams).toHaveLength(400);
  });
});

test("the median of an even number of values is the mean of the middle ones", () => {
  expect([median([3]), median([1, 9]), median([5, 1, 3]), median([4, 1, 3, 2])]).toEqual([3, 5, 3, 2.5]);
});
