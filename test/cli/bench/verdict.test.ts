import { describe, expect, it } from "vitest";
import { accountFor, compareSums, cpuOf, failuresOf } from "../../../src/cli/bench/verdict.ts";
import type { Verdict } from "../../../src/cli/bench/verdict.ts";
import type { Counts } from "./support.ts";
import { GOOD, statusOf } from "./support.ts";

const SENT = { datagrams: 100, lines: 2_000 };

interface Case {
  readonly name: string;
  readonly after: Counts;
  readonly want: Partial<Verdict>;
}

const NOWHERE = { kernel: 0, elsewhere: 0, rejected: {}, limited: {}, withShard: 0 };

const CASES: readonly Case[] = [
  {
    name: "all arrived",
    after: { received: 2_000, datagrams: 100 },
    want: { received: 2_000, accepted: 2_000, lost: 0, lossRatio: 0, lostWhere: NOWHERE, foreign: 0 },
  },
  {
    name: "the kernel dropped what is missing",
    after: { received: 1_800, datagrams: 90, kernelDrops: 10 },
    want: { lost: 200, lossRatio: 0.1, kernelDrops: 10, lostWhere: { ...NOWHERE, kernel: 200 } },
  },
  {
    name: "the kernel dropped half of what is missing",
    after: { received: 1_800, datagrams: 90, kernelDrops: 5 },
    want: { lost: 200, lostWhere: { ...NOWHERE, kernel: 100, elsewhere: 100 } },
  },
  {
    name: "nobody knows where it went",
    after: { received: 1_999, datagrams: 100 },
    want: { lost: 1, lostWhere: { ...NOWHERE, elsewhere: 1 } },
  },
  {
    name: "the kernel dropped somebody else's datagrams, too",
    after: { received: 1_980, datagrams: 99, kernelDrops: 7 },
    want: { lost: 20, lostWhere: { ...NOWHERE, kernel: 20 } },
  },
  {
    name: "lines were refused",
    after: { received: 2_000, datagrams: 100, rejected: { bad_value: 3, no_colon: 0 }, limited: { names: 4 } },
    want: {
      received: 2_000,
      accepted: 1_993,
      lost: 7,
      lostWhere: { ...NOWHERE, rejected: { bad_value: 3 }, limited: { names: 4 } },
    },
  },
  {
    name: "a shard died with lines",
    after: { received: 2_000, datagrams: 100, lostWithShard: 40 },
    want: { lost: 40, lossRatio: 0.02, lostWhere: { ...NOWHERE, withShard: 40 } },
  },
  {
    name: "others sent as well",
    after: { received: 2_500, datagrams: 120, rejected: { bad_type: 1 } },
    want: { lost: 1, foreign: 500, lostWhere: { ...NOWHERE, rejected: { bad_type: 1 } } },
  },
  {
    name: "everything at once",
    after: { received: 1_000, datagrams: 50, kernelDrops: 50, rejected: { bad_type: 100 }, limited: { filter: 50 } },
    want: {
      lost: 1_150,
      lostWhere: { ...NOWHERE, kernel: 1_000, rejected: { bad_type: 100 }, limited: { filter: 50 } },
    },
  },
];

describe("what was lost is accounted for where", () => {
  it.each(CASES)("$name", ({ after, want }) => {
    expect(accountFor(SENT, statusOf({}), statusOf(after))).toMatchObject(want);
  });

  it.each(CASES)("$name, and the parts add up to the whole", ({ after }) => {
    const { lost, lostWhere } = accountFor(SENT, statusOf({}), statusOf(after));
    const { kernel, elsewhere, withShard, rejected, limited } = lostWhere;
    const parts = [kernel, elsewhere, withShard, ...Object.values(rejected), ...Object.values(limited)];
    expect(parts.reduce((a, b) => a + b)).toBe(lost);
  });

  it.each(CASES)("$name, whatever the server had counted before", ({ after, want }) => {
    const before: Counts = {
      received: 700,
      datagrams: 70,
      kernelDrops: 9,
      rejected: { bad_type: 8 },
      lostWithShard: 2,
    };
    const sum = (a: Record<string, number> = {}, b: Record<string, number> = {}): Record<string, number> =>
      Object.fromEntries([...Object.keys(a), ...Object.keys(b)].map((key) => [key, (a[key] ?? 0) + (b[key] ?? 0)]));
    const both: Counts = {
      received: 700 + (after.received ?? 0),
      datagrams: 70 + (after.datagrams ?? 0),
      kernelDrops: 9 + (after.kernelDrops ?? 0),
      rejected: sum(before.rejected, after.rejected),
      limited: sum(before.limited, after.limited),
      lostWithShard: 2 + (after.lostWithShard ?? 0),
    };
    expect(accountFor(SENT, statusOf(before), statusOf(both))).toMatchObject(want);
  });

  it("nothing was sent", () => {
    expect(accountFor({ datagrams: 0, lines: 0 }, statusOf({}), statusOf({}))).toMatchObject({ lost: 0, lossRatio: 0 });
  });
});

describe("the server's CPU", () => {
  const page = (seconds: number): Map<string, number> => new Map([["process_cpu_seconds_total", seconds]]);

  it("is told by line and by second, without the bench's own scrapes", () => {
    expect(cpuOf(page(10), page(10.6), 0.1, 1_000_000, 2)).toEqual({
      seconds: expect.closeTo(0.5, 9) as number,
      nanosecondsPerLine: expect.closeTo(500, 6) as number,
      percentOfCore: expect.closeTo(25, 9) as number,
    });
  });

  it("is never below 0, and 0 where the server does not tell", () => {
    expect(cpuOf(page(10), page(10.05), 0.1, 1_000, 2).seconds).toBe(0);
    expect(cpuOf(new Map(), new Map(), 0, 0, 0)).toEqual({ seconds: 0, nanosecondsPerLine: 0, percentOfCore: 0 });
  });
});

describe("sums", () => {
  const totals = [
    { name: "a.x", wire: "c", samples: 2, value: 30 },
    { name: "a.y", wire: "c", samples: 2, value: 5 },
    { name: "a.z", wire: "c", samples: 2, value: 1 },
    { name: "a.g", wire: "g", samples: 2, value: 7 },
  ];

  it("are compared as differences of the page's counters", () => {
    const before = new Map([["a_x_total", 100]]);
    const after = new Map([
      ["a_x_total", 130],
      ["a_y_total", 6],
      ["a_g", 7],
    ]);
    expect(compareSums(totals, before, after)).toEqual({ compared: 3, exact: 1, missing: 1 });
  });

  it("are compared for a hundred counters at most", () => {
    const many = Array.from({ length: 500 }, (_, i) => ({ name: `n${i}`, wire: "c", samples: 1, value: 1 }));
    expect(compareSums(many, new Map(), new Map())).toEqual({ compared: 100, exact: 0, missing: 100 });
  });
});

describe("a run fails", () => {
  it.each([
    ["not when all is well", {}, 0],
    ["not below 0.1 % of loss", { lost: 99, lossRatio: 0.000_99 }, 0],
    ["at 0.1 % of loss", { lost: 100, lossRatio: 0.001 }, 1],
    ["when nothing was lost and a sum is wrong", { sums: { compared: 5, exact: 4, missing: 0 } }, 1],
    ["not when lost lines explain a wrong sum", { lost: 1, sums: { compared: 5, exact: 4, missing: 0 } }, 0],
    ["not when the page has other names", { sums: { compared: 5, exact: 0, missing: 5 } }, 0],
    ["not when others send to the same series", { foreign: 3, sums: { compared: 5, exact: 4, missing: 0 } }, 0],
  ] as const)("%s", (_, part, want) => {
    expect(failuresOf({ ...GOOD, ...part })).toHaveLength(want);
  });
});
