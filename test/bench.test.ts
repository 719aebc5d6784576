import { describe, expect, test } from "vitest";
import { benchCore } from "../bench/core.ts";
import { benchEndToEnd } from "../bench/end-to-end.ts";
import { benchMapping } from "../bench/mapping.ts";
import { benchMemory } from "../bench/memory.ts";
import { benchNames, benchPage } from "../bench/page.ts";
import { median } from "../bench/result.ts";
import { benchScrape } from "../bench/scrape.ts";
import { benchSenders } from "../bench/senders.ts";
import { benchStall } from "../bench/stall.ts";

describe("a bench of small size runs and answers the same hash each time", () => {
  test("core", () => {
    expect(benchCore("small").hash).toBe(benchCore("small").hash);
  });

  test("senders", () => {
    expect(benchSenders("small").hash).toBe(benchSenders("small").hash);
  });

  test("mapping: as many series have a name by 0 rules and by 1,000 each time", async () => {
    const [first, second] = [await benchMapping("small"), await benchMapping("small")];
    expect(first.hash).toBe(second.hash);
  });

  test("stall: the same datagrams are taken each time", async () => {
    const [first, second] = [await benchStall("small"), await benchStall("small")];
    expect(first.hash).toBe(second.hash);
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

  test.each([
    ["page", benchPage],
    ["names", benchNames],
  ])("%s", async (_name, bench) => {
    const [first, second] = [await bench("small"), await bench("small")];
    expect(first.hash).toBe(second.hash);
  });

  test("memory", async () => {
    expect((await benchMemory("small")).rows).toHaveLength(1);
  }, 60_000);
});

test("the median of an even number of values is the mean of the middle ones", () => {
  expect([median([3]), median([1, 9]), median([5, 1, 3]), median([4, 1, 3, 2])]).toEqual([3, 5, 3, 2.5]);
});
