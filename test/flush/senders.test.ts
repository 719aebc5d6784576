import { describe, expect, test } from "vitest";
import { cutSummary, createSenderBook, mergeSummaries, topSenders } from "../../src/flush/senders.ts";
import { MEASURES } from "../../src/model/sender.ts";
import type { Measures, Sender, SenderSummary } from "../../src/model/sender.ts";
import { readSummary } from "../../src/shard/sender-columns.ts";
import { createSenders } from "../../src/shard/senders.ts";
import { measuresOf, senderOf } from "../support/status.ts";
import { Random } from "../../src/std/random.ts";

function summaryOf(senders: readonly Sender[], absentMax: Measures = measuresOf()): SenderSummary {
  const sum = (measure: keyof Measures): number => senders.reduce((total, sender) => total + sender[measure], 0);
  const totals = Object.fromEntries(MEASURES.map((measure) => [measure, sum(measure)])) as unknown as Measures;
  return { totals, senders, absentMax };
}

const named = (sender: string, datagrams: number, more: Partial<Sender> = {}): Sender =>
  senderOf({ sender, ...measuresOf({ datagrams, lines: datagrams, bytes: 10 * datagrams }), ...more });

describe("merging", () => {
  test("adds up what shards have of one sender; the latest port and line win", () => {
    const older = named("a", 3, {
      rejects: 1,
      rejected: { bad_value: 1 },
      firstSeen: 10,
      lastSeen: 20,
      lastPort: 1,
      lastReject: { reason: "bad_value", line: "old", time: 19 },
    });
    const newer = named("a", 4, {
      rejects: 3,
      rejected: { bad_value: 2, no_colon: 1 },
      firstSeen: 15,
      lastSeen: 30,
      lastPort: 2,
      lastReject: { reason: "no_colon", line: "new", time: 29 },
    });
    for (const parts of [
      [older, newer],
      [newer, older],
    ]) {
      expect(mergeSummaries(parts.map((sender) => summaryOf([sender]))).senders).toEqual([
        named("a", 7, {
          rejects: 4,
          rejected: { bad_value: 3, no_colon: 1 },
          firstSeen: 10,
          lastSeen: 30,
          lastPort: 2,
          lastReject: { reason: "no_colon", line: "new", time: 29 },
        }),
      ]);
    }
  });

  test("widens the error of a sender by what shards that do not list it may have of it", () => {
    const full = summaryOf([named("a", 5)], measuresOf({ datagrams: 2, lines: 3 }));
    const other = summaryOf([named("b", 5, { errorMax: measuresOf({ datagrams: 1 }) })]);
    const { senders, absentMax } = mergeSummaries([full, other]);
    expect(senders.map(({ sender, errorMax }) => [sender, errorMax])).toEqual([
      ["a", measuresOf()],
      ["b", measuresOf({ datagrams: 3, lines: 3 })],
    ]);
    expect(absentMax).toEqual(measuresOf({ datagrams: 2, lines: 3 }));
  });

  test("of nothing is nothing", () => {
    expect(mergeSummaries([])).toEqual({ totals: measuresOf(), senders: [], absentMax: measuresOf() });
  });

  test("keeps every true count within its bounds, however the traffic was spread over small tables", () => {
    const random = new Random(9);
    const exact = new Map<string, number>();
    const shards = Array.from({ length: 3 }, (_, id) =>
      createSenders({ sendersMax: 10, keySeed: BigInt(id), nowMs: () => 0 }),
    );
    for (let index = 0; index < 30_000; index++) {
      const name = `10.0.0.${Math.floor(255 * random.next() ** 4)}`;
      exact.set(name, (exact.get(name) ?? 0) + 1);
      random.pick(shards).take(name, 1, 10, 1);
    }
    const cut = cutSummary(mergeSummaries(shards.map((shard) => readSummary(shard.summary()))), 5);
    const listed = new Map(cut.senders.map((sender) => [sender.sender, sender]));
    for (const [name, truth] of exact) {
      const low = listed.get(name)?.datagrams ?? 0;
      expect(truth).toBeGreaterThanOrEqual(low);
      expect(truth).toBeLessThanOrEqual(low + (listed.get(name)?.errorMax ?? cut.absentMax).datagrams);
    }
    expect(cut.totals.datagrams).toBe(30_000);
  });
});

describe("the book", () => {
  const received = (datagrams: number) => ({ datagrams, lines: datagrams, bytes: 10 * datagrams });

  test("holds the latest summary of each shard, not their sum", () => {
    const book = createSenderBook();
    book.take(0, summaryOf([named("a", 1)]));
    book.take(0, summaryOf([named("a", 5)]));
    book.take(1, summaryOf([named("a", 2)]));
    expect(book.summary()).toMatchObject({
      totals: { datagrams: 7 },
      senders: [{ sender: "a", datagrams: 7, errorMax: measuresOf() }],
    });
  });

  test("keeps what a dead shard had told, once; its successor counts from zero", () => {
    const book = createSenderBook();
    book.take(0, summaryOf([named("a", 5)]));
    book.bury(0, received(5));
    expect(book.summary()).toMatchObject({
      totals: { datagrams: 5 },
      senders: [{ datagrams: 5, errorMax: measuresOf() }],
    });
    book.take(0, summaryOf([named("a", 2), named("b", 1)]));
    expect(book.summary().senders.map(({ sender, datagrams }) => [sender, datagrams])).toEqual([
      ["a", 7],
      ["b", 1],
    ]);
  });

  test("says that what a shard received after its last word may be anyone's", () => {
    const book = createSenderBook();
    book.take(0, summaryOf([named("a", 5)]));
    book.bury(0, received(8));
    const lost = { datagrams: 3, lines: 3, bytes: 30, rejects: 3, newSeries: 3 };
    expect(book.summary()).toMatchObject({
      totals: { datagrams: 8, lines: 8, bytes: 80 },
      senders: [{ sender: "a", datagrams: 5, errorMax: lost }],
      absentMax: lost,
    });
  });

  test("stays small, however many shards die with senders of their own", () => {
    const book = createSenderBook();
    for (let death = 0; death < 50; death++) {
      const senders = Array.from({ length: 100 }, (_, index) => named(`${death}.${index}`, index + 1));
      book.take(0, summaryOf(senders));
      book.bury(0, received(5_050));
    }
    const { senders, absentMax, totals } = book.summary();
    expect(senders.length).toBeLessThanOrEqual(500);
    expect(totals.datagrams).toBe(50 * 5_050);
    expect(absentMax.datagrams).toBeGreaterThanOrEqual(97);
  });

  test("of a shard that died before it told anything has its totals and no names", () => {
    const book = createSenderBook();
    book.bury(0, received(4));
    expect(book.summary()).toMatchObject({
      totals: { datagrams: 4 },
      senders: [],
      absentMax: { datagrams: 4, bytes: 40 },
    });
  });

  test("reports the first by any measure, and how many there are", () => {
    const book = createSenderBook();
    book.take(0, summaryOf([named("a", 5), named("b", 9), named("c", 1, { newSeries: 4 })]));
    expect(book.report("datagrams", 2)).toMatchObject({ known: 3, senders: [{ sender: "b" }, { sender: "a" }] });
    expect(book.report("newSeries", 1)).toMatchObject({ known: 3, senders: [{ sender: "c" }] });
  });
});

test("senders with equal counts are in the order of their names", () => {
  expect(topSenders([named("c", 1), named("a", 1), named("b", 1)], "datagrams", 3).map(({ sender }) => sender)).toEqual(
    ["a", "b", "c"],
  );
});
