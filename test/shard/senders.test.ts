import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MEASURES } from "../../src/model/sender.ts";
import type { Sender, SenderSummary } from "../../src/model/sender.ts";
import { SENDER_LINES_MAX, SENDER_SUMMARY_MAX, SENDER_SUMMARY_MS } from "../../src/shard/limits.ts";
import { readSummary } from "../../src/shard/sender-columns.ts";
import { createSenders } from "../../src/shard/senders.ts";
import type { Senders } from "../../src/shard/senders.ts";
import { batchOf, sockaddrIn, sockaddrIn6 } from "../support/batch.ts";
import { manualClock } from "../support/manual-clock.ts";

const NONE = { datagrams: 0, lines: 0, bytes: 0, rejects: 0, newSeries: 0 };

function station(sendersMax = 100) {
  const clock = manualClock();
  return { clock, senders: createSenders({ sendersMax, keySeed: 0x0123_4567_89ab_cdefn, nowMs: clock.nowMs }) };
}

const summaryOf = (senders: Senders): SenderSummary => readSummary(senders.summary());
const byName = ({ senders }: SenderSummary): Map<string, Sender> =>
  new Map(senders.map((sender) => [sender.sender, sender]));
const names = (senders: Senders): string[] => summaryOf(senders).senders.map(({ sender }) => sender);

describe("a sender", () => {
  test("is an address without its port; its last port and times are kept", () => {
    const { senders, clock } = station();
    senders.take("10.0.0.1", 5_000, 20, 2);
    clock.advance(3_000);
    senders.take("10.0.0.1", 5_001, 30, 3);
    expect(summaryOf(senders)).toEqual({
      totals: { ...NONE, datagrams: 2, lines: 5, bytes: 50 },
      senders: [
        {
          sender: "10.0.0.1",
          ...NONE,
          datagrams: 2,
          lines: 5,
          bytes: 50,
          lastPort: 5_001,
          firstSeen: 1_700_000_000,
          lastSeen: 1_700_000_003,
          rejected: {},
          lastReject: undefined,
          errorMax: NONE,
        },
      ],
      absentMax: NONE,
    });
  });

  test.each([
    ["127.0.0.1", "127.0.0.1"],
    ["255.255.255.255", "255.255.255.255"],
    ["::ffff:127.0.0.1", "127.0.0.1"],
    ["::ffff:7f00:1", "127.0.0.1"],
    ["::1", "::1"],
    ["::", "::"],
    ["2001:DB8:0:0:0:0:0:a", "2001:db8::a"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
    ["fe80::1%eth0", "fe80::1"],
    ["pid 4711", "pid 4711"],
    ["", "unknown"],
    ["1.2.3", "unknown"],
    ["1.2.3.256", "unknown"],
    ["1.2.3.4.5", "unknown"],
    ["1..2.3", "unknown"],
    ["pid 99999999999", "unknown"],
    ["<script>", "unknown"],
  ])("given as %j is %s", (address, want) => {
    const { senders } = station();
    senders.take(address, 0, 1, 1);
    expect(names(senders)).toEqual([want]);
  });

  test("is the same however its address is spelled", () => {
    const { senders } = station();
    for (const address of ["10.0.0.1", "::ffff:10.0.0.1", "::FFFF:0a00:1"]) senders.take(address, 1, 1, 1);
    expect(summaryOf(senders).senders).toMatchObject([{ sender: "10.0.0.1", datagrams: 3, errorMax: NONE }]);
  });

  test("is told with its port where something happens to its bytes", () => {
    const { senders } = station();
    expect(senders.current()).toBe("");
    const told = [
      ["10.0.0.1", 7],
      ["fe80::1", 8],
      ["pid 3", 0],
      ["", 0],
    ].map(([address, port]) => {
      senders.enter(address as string, port as number);
      return senders.current();
    });
    expect(told).toEqual(["10.0.0.1:7", "[fe80::1]:8", "pid 3", ""]);
  });
});

describe("a batch", () => {
  const mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1];
  const ipv6 = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

  test("is counted by the addresses in memory; IPv4-mapped ones are IPv4", () => {
    const { senders } = station();
    const { memory, headersOffset, namesOffset, count } = batchOf([
      { name: sockaddrIn(10, 0, 0, 1, 1_000), bytes: 10, lines: 1 },
      { name: sockaddrIn(10, 0, 0, 1, 1_001), bytes: 20, lines: 2 },
      { name: sockaddrIn6(ipv6, 1_002), bytes: 30, lines: 3 },
      { name: sockaddrIn6([...ipv6.slice(0, 15), 2], 1_003), bytes: 35, lines: 3 },
      { name: sockaddrIn6(mapped, 1_004), bytes: 40, lines: 4 },
      { name: [], bytes: 50, lines: 5 },
    ]);
    senders.takeBatch(memory, headersOffset, namesOffset, count);
    const seen = summaryOf(senders).senders.map(({ sender, datagrams, bytes, lines, lastPort }) => [
      sender,
      datagrams,
      bytes,
      lines,
      lastPort,
    ]);
    expect(seen).toEqual([
      ["10.0.0.1", 3, 70, 7, 1_004],
      ["2001:db8::1", 1, 30, 3, 1_002],
      ["2001:db8::2", 1, 35, 3, 1_003],
      ["unknown", 1, 50, 5, 0],
    ]);
    expect(summaryOf(senders).totals).toEqual({ ...NONE, datagrams: 6, lines: 18, bytes: 185 });
  });

  test("from processes is counted by their ids, whatever lies where the names would be", () => {
    const { senders } = station();
    const pids = [17, 17, 0, 18];
    const { memory, headersOffset, namesOffset, count } = batchOf(
      pids.map(() => ({ name: sockaddrIn(9, 9, 9, 9), bytes: 10, lines: 1 })),
    );
    senders.takeBatch(memory, headersOffset, namesOffset, count, (index) => pids[index] as number);
    const seen = summaryOf(senders).senders.map(({ sender, datagrams, lastPort }) => [sender, datagrams, lastPort]);
    expect(seen).toEqual([
      ["pid 17", 2, 0],
      ["unknown", 1, 0],
      ["pid 18", 1, 0],
    ]);
  });

  test("has what is refused in it ascribed to the datagram that is being read", () => {
    const { senders } = station();
    const { memory, headersOffset, namesOffset, count } = batchOf([
      { name: sockaddrIn(10, 0, 0, 1, 1_000), bytes: 10, lines: 1 },
      { name: sockaddrIn(10, 0, 0, 2, 1_001), bytes: 20, lines: 2 },
    ]);
    senders.enterOf(memory, namesOffset, 1);
    expect(senders.current()).toBe("10.0.0.2:1001");
    senders.rejected("bad_value");
    senders.bound();
    senders.takeBatch(memory, headersOffset, namesOffset, count);
    expect(byName(summaryOf(senders)).get("10.0.0.2")).toMatchObject({
      datagrams: 1,
      rejects: 1,
      newSeries: 1,
      lastPort: 1_001,
    });
    expect(byName(summaryOf(senders)).get("10.0.0.1")).toMatchObject({ datagrams: 1, rejects: 0, newSeries: 0 });
  });

  test("and single datagrams of one sender add up, in any order", () => {
    const { senders } = station();
    const one = batchOf([{ name: sockaddrIn(10, 0, 0, 1), bytes: 10, lines: 1 }]);
    const other = batchOf([{ name: sockaddrIn(10, 0, 0, 2), bytes: 10, lines: 1 }]);
    for (const { memory, headersOffset, namesOffset } of [one, other]) {
      senders.take("10.0.0.1", 1, 10, 1);
      senders.takeBatch(memory, headersOffset, namesOffset, 1);
    }
    expect([...byName(summaryOf(senders))].map(([name, { datagrams }]) => [name, datagrams])).toEqual([
      ["10.0.0.1", 3],
      ["10.0.0.2", 1],
    ]);
  });
});

describe("what a sender did wrong", () => {
  test("is counted by reason, with the last line", () => {
    const { senders, clock } = station();
    senders.enter("10.0.0.1", 1);
    expect(senders.rejected("no_colon")).toBe(true);
    senders.keepLine("first");
    clock.advance(1_000);
    expect(senders.rejected("bad_value")).toBe(true);
    senders.keepLine("second");
    expect(summaryOf(senders).senders).toMatchObject([
      {
        rejects: 2,
        rejected: { no_colon: 1, bad_value: 1 },
        lastReject: { reason: "bad_value", line: "second", time: 1_700_000_001 },
      },
    ]);
  });

  test("asks for an excerpt once a second at most, and for a bounded number from all", () => {
    const { senders, clock } = station(10_000);
    const reject = (index: number): boolean => {
      senders.enter(`10.0.${index >> 8}.${index & 255}`, 1);
      const isWanted = senders.rejected("bad_value");
      if (isWanted) senders.keepLine("x");
      return isWanted;
    };
    expect([reject(0), reject(0)]).toEqual([true, false]);
    const wanted = Array.from({ length: 2_000 }, (_, index) => reject(index + 1)).filter(Boolean).length;
    expect(wanted).toBe(SENDER_LINES_MAX - 1);
    clock.advance(SENDER_SUMMARY_MS);
    senders.summaryIfDue();
    expect(reject(0)).toBe(true);
  });

  test("is counted in the totals also where nobody was entered", () => {
    const { senders } = station();
    senders.bound();
    expect(senders.rejected("bad_value")).toBe(false);
    expect(summaryOf(senders)).toMatchObject({ totals: { rejects: 1, newSeries: 1 }, senders: [] });
  });
});

describe("a summary that is due", () => {
  test("comes when there is news, and once a second at most", () => {
    const { senders, clock } = station();
    expect(senders.summaryIfDue()).toBeUndefined();
    senders.take("10.0.0.1", 1, 1, 1);
    expect(senders.summaryIfDue()?.totals.datagrams).toBe(1);
    senders.take("10.0.0.1", 1, 1, 1);
    clock.advance(SENDER_SUMMARY_MS - 1);
    expect(senders.summaryIfDue()).toBeUndefined();
    clock.advance(1);
    expect(senders.summaryIfDue()?.totals.datagrams).toBe(2);
    clock.advance(SENDER_SUMMARY_MS);
    expect(senders.summaryIfDue()).toBeUndefined();
  });

  test("names the first of every measure, and bounds the others", () => {
    const count = 5 * SENDER_SUMMARY_MAX;
    const { senders } = station(count);
    const address = (index: number): string => `10.0.${index >> 8}.${index & 255}`;
    for (let index = 0; index < count; index++) senders.take(address(index), 1, count - index, index);
    const [few, middle] = [SENDER_SUMMARY_MAX, count / 2];
    senders.enter(address(middle), 1);
    senders.rejected("bad_value");
    const { senders: listed, absentMax } = summaryOf(senders);
    const found = new Set(listed.map(({ sender }) => sender));
    for (const index of [0, few - 1, middle, count - few, count - 1]) expect(found).toContain(address(index));
    expect(listed.length).toBeLessThanOrEqual(3 * SENDER_SUMMARY_MAX + 1);
    const least = { datagrams: 1, lines: count - few - 1, bytes: count - few };
    expect(absentMax).toEqual({ ...least, rejects: 0, newSeries: 0 });
  });
});

/** A naive count of everything, beside the bounded one. */
function countBoth(order: readonly number[], sendersMax: number) {
  const { senders } = station(sendersMax);
  const exact = new Map<string, Record<(typeof MEASURES)[number], number>>();
  for (const [at, index] of order.entries()) {
    const name = `10.0.${index >> 8}.${index & 255}`;
    const counts = exact.get(name) ?? { ...NONE };
    exact.set(name, counts);
    const lines = 1 + ((at * 7) % 5);
    counts.datagrams++;
    counts.lines += lines;
    counts.bytes += lines * 30;
    senders.enter(name, 1);
    if (index % 3 === 0) {
      counts.rejects++;
      senders.rejected("bad_value");
    }
    if (at % 11 === 0) {
      counts.newSeries++;
      senders.bound();
    }
    senders.count(lines * 30, lines);
  }
  return { summary: summaryOf(senders), exact };
}

const INDICES = fc.array(fc.oneof(fc.nat(3), fc.nat(40), fc.nat(5_000)), { maxLength: 3_000 });

test("property: up to twice as many senders as the limit are exact", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(39), { maxLength: 2_000 }), (order) => {
      const { summary, exact } = countBoth(order, 20);
      expect(
        new Map(
          summary.senders.map(({ sender, datagrams, lines, bytes, rejects, newSeries, errorMax }) => [
            sender,
            { datagrams, lines, bytes, rejects, newSeries, errorMax },
          ]),
        ),
      ).toEqual(new Map([...exact].map(([name, counts]) => [name, { ...counts, errorMax: NONE }])));
      expect(summary.absentMax).toEqual(NONE);
    }),
    { numRuns: 30 },
  );
});

test("property: beyond the limit the true count lies between what is shown and that plus its error, and who is missing is bounded", () => {
  fc.assert(
    fc.property(INDICES, fc.integer({ min: 1, max: 30 }), (order, sendersMax) => {
      const { summary, exact } = countBoth(order, sendersMax);
      const listed = byName(summary);
      for (const [name, truth] of exact) {
        const shown = listed.get(name);
        for (const measure of MEASURES) {
          const low = shown?.[measure] ?? 0;
          const high = low + (shown?.errorMax[measure] ?? summary.absentMax[measure]);
          expect(truth[measure]).toBeGreaterThanOrEqual(low);
          expect(truth[measure]).toBeLessThanOrEqual(high);
        }
        if (truth.datagrams > order.length / sendersMax) expect(shown).toBeDefined();
        expect(shown?.errorMax.datagrams ?? 0).toBeLessThanOrEqual(order.length / sendersMax);
      }
      expect(summary.totals.datagrams).toBe(order.length);
    }),
    { numRuns: 150 },
  );
});

test("a million forged senders take no memory, and do not hide the one that sends much", () => {
  const { senders } = station(1_000);
  const flood = (from: number, until: number): void => {
    for (let base = from; base < until; base += 1_000) {
      const { memory, headersOffset, namesOffset, count } = batchOf(
        Array.from({ length: 1_000 }, (_, index) => {
          const forged = base + index;
          const isLoud = index % 100 === 0;
          const name = isLoud
            ? sockaddrIn(10, 0, 0, 1)
            : sockaddrIn(1 + (forged >> 24), (forged >> 16) & 255, (forged >> 8) & 255, forged & 255);
          return { name, bytes: 10, lines: 1 };
        }),
      );
      senders.takeBatch(memory, headersOffset, namesOffset, count);
    }
  };
  flood(0, 100_000);
  const before = process.memoryUsage();
  flood(100_000, 1_100_000);
  const after = process.memoryUsage();
  // Buffers of the table: nothing may be added to them. The heap has the test's own garbage in it.
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(64 * 2 ** 20);
  const summary = summaryOf(senders);
  expect(summary.senders.length).toBeLessThanOrEqual(5 * SENDER_SUMMARY_MAX);
  expect(summary.totals.datagrams).toBe(1_100_000);
  const [first] = summary.senders.toSorted((left, right) => right.datagrams - left.datagrams);
  expect(first).toMatchObject({ sender: "10.0.0.1", datagrams: 11_000, errorMax: NONE });
  expect(summary.absentMax.datagrams).toBeLessThanOrEqual(1_100);
});
