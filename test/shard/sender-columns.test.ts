import { expect, test } from "vitest";
import { REJECT_REASONS } from "../../src/model/reject.ts";
import type { RejectReason } from "../../src/model/reject.ts";
import { MEASURES } from "../../src/model/sender.ts";
import type { Measure, Sender, SenderSummary } from "../../src/model/sender.ts";
import { SENDER_SUMMARY_MAX } from "../../src/shard/limits.ts";
import { buffersOf, readSummary } from "../../src/shard/sender-columns.ts";
import type { SenderColumns } from "../../src/shard/sender-columns.ts";
import { createSenders } from "../../src/shard/senders.ts";
import { Random } from "../../src/std/random.ts";
import { manualClock } from "../support/manual-clock.ts";
import { measuresOf } from "../support/status.ts";

type Counted = { -readonly [Key in keyof Sender]: Sender[Key] } & { rejected: Partial<Record<RejectReason, number>> };

const REASONS = REJECT_REASONS.filter((reason) => reason !== "none");

/** A sender of each kind in turn. */
function nameOf(index: number): string {
  const hex = index.toString(16);
  return (
    [`10.0.${index >> 8}.${index & 255}`, `2001:db8::${hex}:1`, `fe80::${hex}`, `pid ${index + 1}`][index % 4] ?? ""
  );
}

/** Random traffic of random senders, counted by the shard and by objects with names. */
function countBoth(seed: number, sendersMax: number, rounds: number) {
  const random = new Random(seed);
  const clock = manualClock();
  const senders = createSenders({ sendersMax, keySeed: BigInt(seed), nowMs: clock.nowMs });
  const naive = new Map<string, Counted>();
  for (let round = 0; round < rounds; round++) {
    if (random.chance(0.01)) clock.advance(1_000);
    const seconds = clock.nowMs() / 1_000;
    const name = nameOf(random.int(0, 2 * sendersMax - 1));
    const port = name.startsWith("pid") ? 0 : random.int(1, 65_535);
    const counted = naive.get(name) ?? newcomer(name, seconds);
    naive.set(name, counted);
    senders.enter(name, port);
    for (let bound = random.int(-8, 5); bound > 0; bound--) {
      senders.bound();
      counted.newSeries++;
    }
    if (random.chance(0.1)) {
      const reason = random.pick(REASONS);
      counted.rejects++;
      counted.rejected[reason] = (counted.rejected[reason] ?? 0) + 1;
      if (senders.rejected(reason)) {
        const line = `line ${round} of ${name}`;
        senders.keepLine(line);
        counted.lastReject = { reason, line, time: seconds };
      }
    }
    const [bytes, lines] = [random.int(0, 1_400), random.int(0, 30)];
    senders.count(bytes, lines);
    Object.assign(counted, { lastPort: port, lastSeen: seconds });
    counted.datagrams++;
    counted.bytes += bytes;
    counted.lines += lines;
  }
  return { summary: cross(senders.summary()), naive };
}

function newcomer(sender: string, seconds: number): Counted {
  const never = { rejected: {}, lastReject: undefined, errorMax: measuresOf() };
  return { sender, ...measuresOf(), lastPort: 0, firstSeen: seconds, lastSeen: seconds, ...never };
}

/** As from one thread to another. */
function cross(columns: SenderColumns): SenderSummary {
  const crossed = structuredClone(columns, { transfer: buffersOf(columns) });
  expect([columns.words.length, columns.numbers.length, columns.reasons.length]).toEqual([0, 0, 0]);
  return readSummary(crossed);
}

test("what crosses to the main thread is every sender with all that is known of it, in the order of their coming", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { summary, naive } = countBoth(seed, 2 * seed, 20 * seed);
    expect(summary.senders).toEqual([...naive.values()]);
    expect(summary.absentMax).toEqual(measuresOf());
    for (const measure of MEASURES) expect(summary.totals[measure]).toBe(sum([...naive.values()], measure));
  }
});

test("of more senders than a summary holds, the first of each measure cross with all that is known of them", () => {
  const { summary, naive } = countBoth(7, 2 * SENDER_SUMMARY_MAX, 20_000);
  const all = [...naive.values()];
  const listed = new Set(summary.senders.map(({ sender }) => sender));
  expect(summary.senders).toEqual(all.filter(({ sender }) => listed.has(sender)));
  expect(listed.size).toBeLessThan(all.length);
  const absent = all.filter(({ sender }) => !listed.has(sender));
  for (const measure of MEASURES) {
    const descending = all.map((sender) => sender[measure]).toSorted((left, right) => right - left);
    expect(summary.absentMax[measure]).toBe(Math.max(...absent.map((sender) => sender[measure])));
    expect(summary.absentMax[measure]).toBeLessThanOrEqual(descending[SENDER_SUMMARY_MAX] as number);
    expect(summary.totals[measure]).toBe(sum(all, measure));
  }
});

test("the senders of a summary are made once, however often they are looked at", () => {
  const { summary } = countBoth(1, 10, 100);
  expect(summary.senders).toBe(summary.senders);
});

function sum(senders: readonly Sender[], measure: Measure): number {
  return senders.reduce((total, sender) => total + sender[measure], 0);
}
