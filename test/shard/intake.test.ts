import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createTally } from "../../src/core/tally.ts";
import { DIALECTS_DEFAULT } from "../../src/model/dialect.ts";
import type { LimitReason, RejectReason } from "../../src/model/reject.ts";
import type { Series } from "../../src/model/series.ts";
import type { Traffic } from "../../src/model/status.ts";
import { readCounters } from "../../src/shard/counters.ts";
import { createIntake } from "../../src/shard/intake.ts";
import type { Intake } from "../../src/shard/intake.ts";
import { DEFINITIONS_PART_MAX, REJECTS_MAX, SPECIALS_BYTES_MAX, SPECIALS_MAX } from "../../src/shard/limits.ts";
import { NO_DRAIN } from "../../src/shard/message.ts";
import type { ShardDelta, ShardOptions } from "../../src/shard/message.ts";
import { readSummary } from "../../src/shard/sender-columns.ts";
import type { SenderColumns } from "../../src/shard/sender-columns.ts";
import { manualClock } from "../support/manual-clock.ts";
import type { ManualClock } from "../support/manual-clock.ts";
import { shardOptions } from "../support/shard-options.ts";

interface Station {
  readonly clock: ManualClock;
  readonly options: ShardOptions;
  readonly intake: Intake;
  take(text: string): void;
  drain(pause?: () => Promise<void>): Promise<ShardDelta[]>;
}

function station(given: Partial<ShardOptions> = {}): Station {
  const clock = manualClock();
  const options = shardOptions(given);
  const intake = createIntake(options, clock.nowMs);
  return {
    clock,
    options,
    intake,
    take: (text) => intake.take(Buffer.from(text), "10.0.0.1", 4_321),
    async drain(pause = async () => {}) {
      const parts: ShardDelta[] = [];
      await intake.drain(1, (part) => parts.push(part), pause);
      return parts;
    },
  };
}

const series = (parts: readonly ShardDelta[]): Series[] =>
  parts.flatMap((part) => part.definitions.map((definition) => definition.series));
const traffic = (parts: readonly ShardDelta[]): Traffic => parts.at(-1)?.traffic as Traffic;

function expectBalanced({ lines, accepted, rejected, limited }: Traffic): void {
  const refused = [...Object.values(rejected), ...Object.values(limited)].reduce((total, count) => total + count, 0);
  expect(accepted + refused).toBe(lines);
}

describe("a drain", () => {
  test("hands over numbers with their definitions, each definition once", async () => {
    const { take, drain } = station();
    take("a:1|c\na:2|c|#x");
    const first = await drain();
    expect(series(first).map(({ name, tags }) => [name, tags])).toEqual([
      ["a", []],
      ["a", ["x"]],
    ]);
    take("a:3|c");
    const second = await drain();
    expect(series(second)).toEqual([]);
    const output = createTally({ layouts: [{ digits: 2, bounds: [], thresholds: [] }] });
    const source = output.source();
    const cell = output.allocate("counter", 0);
    source.map(first[0]?.definitions[0]?.cell as number, cell);
    for (const { bytes } of [...first, ...second]) source.merge(bytes);
    expect(output.counterSum(cell)).toBe(4);
  });

  test("of nothing is one empty last part with the totals", async () => {
    const parts = await station().drain();
    expect(parts).toHaveLength(1);
    expect(parts[0]).toMatchObject({
      id: 1,
      last: true,
      definitions: [],
      forgotten: [],
      specials: [],
      rejects: [],
      traffic: { lines: 0, drains: 1 },
    });
    expect(parts[0]?.bytes).toHaveLength(0);
  });

  test("of much comes in parts with pauses between them, in which bytes may come in that belong to the next drain", async () => {
    const { take, drain } = station({ seriesMax: 100_000, keysMax: 100_000 });
    for (let i = 0; i < 60_000; i++) take(`name${i}:1|c`);
    let pauses = 0;
    const parts = await drain(async () => {
      pauses++;
      take(`late${pauses}:1|c`);
    });
    expect(pauses).toBeGreaterThan(1);
    expect(parts.map((part) => part.last)).toEqual([...Array.from({ length: parts.length - 1 }, () => false), true]);
    expect(series(parts)).toHaveLength(60_000 + pauses);
    expect(Math.max(...parts.map((part) => part.definitions.length))).toBe(DEFINITIONS_PART_MAX);
    expect(parts.findIndex((part) => part.bytes.length > 0)).toBe(Math.ceil(60_000 / DEFINITIONS_PART_MAX));
    const [next] = await drain();
    expect(next?.bytes.length).toBeGreaterThan(0);
  });

  test("hands over a piece at a time, also while a flood of new names goes on, which the next drains take", async () => {
    const { take, intake } = station({ seriesMax: 100_000, keysMax: 100_000 });
    let names = 0;
    const flood = (): void => {
      for (const end = names + 400; names < end; names++) take(`name${names}:1|c`);
    };
    for (let i = 0; i < 25; i++) flood();
    const defined = new Set<number>();
    const counted = new Set<number>();
    for (let drains = 0; defined.size < names || drains < 3; drains++) {
      expect(drains).toBeLessThan(10);
      let sinceLast = 0;
      const post = ({ definitions, bytes, last }: ShardDelta): void => {
        sinceLast++;
        // The numbers of the last pause may go with what ends the drain.
        expect(sinceLast).toBeLessThanOrEqual(last ? 2 : 1);
        expect(definitions.length).toBeLessThanOrEqual(DEFINITIONS_PART_MAX);
        for (const { cell } of definitions) defined.add(cell);
        for (let at = 8; at < bytes.length; at += 24) counted.add(new DataView(bytes.buffer).getUint32(at, true));
        expect(counted.isSubsetOf(defined)).toBe(true);
      };
      await intake.drain(drains, post, async () => {
        sinceLast = 0;
        if (drains < 2) flood();
      });
    }
    expect(counted.size).toBe(names);
  });

  test("does not make a flood of new names wait for it where they can be announced", async () => {
    const announced: ShardDelta[] = [];
    const options = shardOptions({ seriesMax: 100_000, keysMax: 100_000 });
    const post = (part: ShardDelta): void => void announced.push(part);
    const intake = createIntake(options, manualClock().nowMs, undefined, post);
    const names = 10 * DEFINITIONS_PART_MAX + 7;
    for (let i = 0; i < names; i++) intake.take(Buffer.from(`name${i}:1|c`), "10.0.0.1", 4_321);
    expect(announced.map(({ definitions }) => definitions.length)).toEqual(Array(10).fill(DEFINITIONS_PART_MAX));
    expect(announced.every(({ id, last, bytes }) => id === NO_DRAIN && !last && bytes.length === 0)).toBe(true);
    const parts: ShardDelta[] = [];
    await intake.drain(
      1,
      (part) => parts.push(part),
      async () => {},
    );
    expect(parts.map(({ definitions }) => definitions.length)).toEqual([7, 0]);
    const cells = [...announced, ...parts].flatMap(({ definitions }) => definitions.map(({ cell }) => cell));
    expect(new Set(cells).size).toBe(names);
  });

  test("hands over fewer series at once where each has many tags", async () => {
    const announced: ShardDelta[] = [];
    const post = (part: ShardDelta): void => void announced.push(part);
    const tags = Array.from({ length: 1_000 }, (_, tag) => `t${tag}`).join(",");
    const options = shardOptions({ keyBytesMax: 8_192 });
    for (const intake of [
      createIntake(options, manualClock().nowMs),
      createIntake(options, manualClock().nowMs, undefined, post),
    ]) {
      const parts: ShardDelta[] = [];
      for (let i = 0; i < 10; i++) intake.take(Buffer.from(`name${i}:1|c|#${tags}`), "10.0.0.1", 4_321);
      await intake.drain(
        1,
        (part) => parts.push(part),
        async () => {},
      );
      const all = [...announced.splice(0), ...parts];
      expect(Math.max(...all.map(({ definitions }) => definitions.length))).toBeLessThanOrEqual(3);
      expect(all.flatMap(({ definitions }) => definitions)).toHaveLength(10);
    }
  });
});

test("spellings of one series are one cell: order, repetition and bytes that are not UTF-8", async () => {
  const { intake, take, drain } = station();
  take("a:1|c|#x,y\na:1|c|#y,x,x\na:1|c|#,y,x,");
  for (const byte of [0xfe, 0xff]) intake.take(Buffer.from([0x62, byte, 0x3a, 0x31, 0x7c, 0x63]), "", 0);
  const parts = await drain();
  expect(series(parts).map(({ name }) => name)).toEqual(["a", "b\ufffd"]);
  expect(traffic(parts)).toMatchObject({ binds: 5, accepted: 5 });
});

describe("over the series limit", () => {
  test("a new series shares the overflow series of its name and kind, known ones go on under any spelling", async () => {
    const { take, drain } = station({ seriesMax: 20 });
    for (let i = 0; i < 30; i++) take(`a:1|c|#user:${i},x`);
    take("a:1|c|#x,user:3");
    const parts = await drain();
    expect(series(parts)).toHaveLength(21);
    expect(series(parts).at(-1)).toMatchObject({ name: "a", tags: ["overflow:true"], kind: "counter" });
    expect(traffic(parts)).toMatchObject({ lines: 31, accepted: 31, overflowed: 10 });
  });

  test("series that were folded get cells of their own once others have been forgotten", async () => {
    const { take, drain, clock } = station({ seriesMax: 10, idleMs: 60_000 });
    take(Array.from({ length: 10 }, (_, i) => `early:1|c|#i:${i}`).join("\n"));
    take("early:1|c|#late");
    const full = await drain();
    expect(series(full).map(({ tags }) => tags)).not.toContainEqual(["late"]);
    const parts: ShardDelta[] = [];
    for (let second = 0; second < 240; second += 10) {
      clock.advance(10_000);
      take("early:1|c|#late");
      parts.push(...(await drain()));
    }
    expect(series(parts).map(({ tags }) => tags)).toContainEqual(["late"]);
    expectBalanced(traffic(parts));
    // Every late line up to the one that was bound anew, and none after it.
    expect(traffic(parts).overflowed).toBeLessThan(20);
  });

  test("there are overflow series for a tenth as many names, and beyond them lines are limited and counted", async () => {
    const { take, drain } = station({ seriesMax: 20 });
    for (let i = 0; i < 30; i++) take(`n${i}:1|c`);
    const parts = await drain();
    expect(series(parts)).toHaveLength(22);
    expect(traffic(parts)).toMatchObject({ lines: 30, accepted: 22, overflowed: 2, limited: { names: 8 } });
    expectBalanced(traffic(parts));
  });

  test("what was forgotten makes room", async () => {
    const { take, drain, clock } = station({ seriesMax: 2, idleMs: 10_000 });
    take("a:1|c\nb:1|c\nc:1|c");
    expect(series(await drain())).toHaveLength(3);
    const forgotten = new Set<number>();
    for (let minute = 0; minute < 40; minute++) {
      clock.advance(60_000);
      for (const part of await drain()) for (const cell of part.forgotten) forgotten.add(cell);
    }
    expect(forgotten.size).toBe(3);
    take("d:1|c\ne:1|c\nf:1|c");
    expect(series(await drain()).map(({ name, tags }) => [name, tags])).toEqual([
      ["d", []],
      ["e", []],
      ["f", ["overflow:true"]],
    ]);
  });
});

test("a series that comes back after it was forgotten is defined again", async () => {
  const { take, drain, clock } = station({ idleMs: 10_000 });
  take("a:1|c");
  await drain();
  let forgotten: readonly number[] = [];
  for (let minute = 0; minute < 40 && forgotten.length === 0; minute++) {
    clock.advance(60_000);
    forgotten = (await drain()).flatMap((part) => part.forgotten);
  }
  expect(forgotten).toHaveLength(1);
  take("a:1|c");
  expect(series(await drain())).toHaveLength(1);
});

describe("lines that are no samples", () => {
  test("events, checks and timestamped samples wait for the drain in order of arrival", async () => {
    const { take, drain } = station();
    take("_sc|up|0\n_e{1,1}:a|b\nx:1|g|T5");
    const parts = await drain();
    expect(parts.flatMap((part) => part.specials.map((special) => special.type))).toEqual([
      "service_check",
      "event",
      "timestamped",
    ]);
    expect(traffic(parts)).toMatchObject({ accepted: 3, events: 1, serviceChecks: 1, timestamped: 1 });
    expect((await drain()).flatMap((part) => part.specials)).toEqual([]);
  });

  test("those that are too many or filtered are limited, by reason, and the books balance", async () => {
    const { take, drain } = station({ policy: { ...shardOptions().policy, deny: ["no"] } });
    for (let i = 0; i < SPECIALS_MAX + 3; i++) take("_e{1,1}:a|b");
    take("no:1|g|T5");
    const parts = await drain();
    expect(parts.flatMap((part) => part.specials)).toHaveLength(SPECIALS_MAX);
    expect(traffic(parts)).toMatchObject({
      accepted: SPECIALS_MAX,
      limited: { specials: 3, filter: 1 } satisfies Partial<Record<LimitReason, number>>,
    });
    expectBalanced(traffic(parts));
  });

  test("those that are too long together are limited too, until the next drain", async () => {
    const { take, drain } = station();
    const event = `_e{1,60000}:a|${"x".repeat(60_000)}`;
    const fit = Math.floor(SPECIALS_BYTES_MAX / event.length);
    for (let i = 0; i < fit + 3; i++) take(event);
    const parts = await drain();
    expect(parts.flatMap((part) => part.specials)).toHaveLength(fit);
    expect(traffic(parts)).toMatchObject({ accepted: fit, limited: { specials: 3 } });
    take(event);
    expect((await drain()).flatMap((part) => part.specials)).toHaveLength(1);
  });
});

test("refused lines are counted all and shown a few, with their sender and reason", async () => {
  const { take, drain, clock } = station();
  for (let i = 0; i < REJECTS_MAX + 5; i++) take(`bad\u0007${i}`);
  take("_e{x\na:1|c|T0");
  const parts = await drain();
  const rejects = parts.flatMap((part) => part.rejects);
  expect(rejects).toHaveLength(REJECTS_MAX);
  expect(rejects[0]).toEqual({
    reason: "no_colon",
    line: "bad\\x070",
    sender: "10.0.0.1:4321",
    time: Math.floor(clock.nowMs() / 1_000),
  });
  const counted: Partial<Record<RejectReason, number>> = { no_colon: REJECTS_MAX + 5, bad_event: 1, bad_timestamp: 1 };
  expect(traffic(parts)).toMatchObject({ rejected: counted });
  expectBalanced(traffic(parts));
});

test("a filtered name costs nothing and is counted line by line", async () => {
  const { take, drain } = station({ policy: { ...shardOptions().policy, deny: ["no.*"] } });
  take("no.a:1|c\nno.a:1|c\nyes:1|c");
  const parts = await drain();
  expect(series(parts).map(({ name }) => name)).toEqual(["yes"]);
  expect(traffic(parts)).toMatchObject({ limited: { filter: 2 }, accepted: 1, binds: 2 });
});

test("the counters that outlive the thread are up to date after every datagram", () => {
  const { take, options } = station();
  take("a:1|c\nbad");
  take("b:1|c");
  expect(readCounters(options.counters)).toEqual({ datagrams: 2, bytes: 14, lines: 3 });
});

test("a clock that is set back makes nothing look idle: known keys are not forgotten", async () => {
  let nowMs = 1_000_000;
  const intake = createIntake(shardOptions(), () => nowMs);
  const parts: ShardDelta[] = [];
  const drain = (): Promise<void> =>
    intake.drain(
      1,
      (part) => parts.push(part),
      async () => {},
    );
  intake.take(Buffer.from("a:1|c"), "", 0);
  await drain();
  nowMs = 5_000;
  await drain();
  intake.take(Buffer.from("a:1|c"), "", 0);
  await drain();
  expect(traffic(parts)).toMatchObject({ accepted: 2, binds: 1 });
});

test("a line that a stream refused is in the books: received, rejected by its reason, shown with its sender", async () => {
  const { intake, options, take, drain } = station();
  take("a:1|c");
  intake.refuse("line_too_long", Buffer.from("b:11111"), "10.0.0.1", 99);
  intake.refuse("stream_cut", Buffer.from("c:1"), "", 0);
  take("d:1|c");
  expect(readCounters(options.counters)).toEqual({ datagrams: 2, bytes: 20, lines: 4 });
  const parts = await drain();
  expect(traffic(parts)).toMatchObject({ lines: 4, accepted: 2, rejected: { line_too_long: 1, stream_cut: 1 } });
  expectBalanced(traffic(parts));
  expect(parts[0]?.rejects.map(({ reason, line, sender }) => [reason, line, sender])).toEqual([
    ["line_too_long", "b:11111", "10.0.0.1:99"],
    ["stream_cut", "c:1", ""],
  ]);
});

test("lines with tags of two styles are counted one by one; what is left out of a name, once for each key", async () => {
  const { take, drain } = station({ dialects: { ...DIALECTS_DEFAULT, librato: "true" } });
  for (let i = 0; i < 3; i++) take("a,k=v:1|c|#x:y\nb#k=v,bad:1|c|#x:y\nc,k=v:1|c");
  take("a,k=v:1|c|#x:y|T5\na,k=v:1|c|#x:y");
  const parts = await drain();
  expect(series(parts).map(({ name, tags }) => [name, tags])).toEqual([
    ["a,k=v", ["x:y"]],
    ["b", ["k:v", "x:y"]],
    ["c", ["k:v"]],
  ]);
  const traffic = parts.at(-1)?.traffic as Traffic;
  expect([traffic.mixed, traffic.tagErrors, traffic.lines, traffic.accepted]).toEqual([8, 1, 11, 11]);
});

test("a key with tags of two styles that meets the series limit is counted as both", async () => {
  const { take, drain } = station({ seriesMax: 1 });
  take("a:1|c\na,k=v:1|c|#x:y\na,k=v:1|c|#x:y");
  const traffic = (await drain()).at(-1)?.traffic as Traffic;
  expect([traffic.mixed, traffic.overflowed, traffic.accepted]).toEqual([2, 2, 3]);
});

test("a key with tags of two styles is forgotten like any other", async () => {
  const { clock, take, drain, options } = station();
  take("a,k=v:1|c|#x:y");
  const [first] = (await drain()).flatMap(({ definitions }) => definitions);
  clock.advance(10 * options.idleMs);
  const forgotten: number[] = [];
  for (let round = 0; round < 40; round++) {
    for (const part of await drain()) forgotten.push(...part.forgotten);
    clock.advance(options.idleMs);
  }
  expect(forgotten).toEqual([first?.cell]);
});

test("events with lengths in characters are counted", async () => {
  const { take, drain } = station();
  take("_e{3,2}:\u00e9t\u00e9|ok\n_e{5,2}:\u00e9t\u00e9|ok");
  const parts = await drain();
  expect(parts.at(-1)?.traffic).toMatchObject({ events: 2, eventLengthsMended: 1 });
});

describe("a datagram that costs more than a turn is taken in pieces", () => {
  const names = (count: number): string => Array.from({ length: count }, (_, i) => `n${i}:1|c`).join("\n");
  const limits = { seriesMax: 20_000, keysMax: 20_000 };

  async function untilUpToDate(intake: Intake): Promise<number> {
    let turns = 0;
    for (; !intake.isUpToDate; turns++) await nextTurn();
    return turns;
  }

  test("with others in between, and whole in the end", async () => {
    const { take, drain, intake } = station(limits);
    take(names(7_000));
    expect(intake.isUpToDate).toBe(false);
    expect(await untilUpToDate(intake)).toBeGreaterThan(5);
    const parts = await drain();
    expect(traffic(parts)).toMatchObject({ datagrams: 1, lines: 7_000, accepted: 7_000, binds: 7_000 });
    const { senders } = readSummary(parts.at(-1)?.senders as SenderColumns);
    expect(senders).toMatchObject([{ sender: "10.0.0.1", datagrams: 1, lines: 7_000, newSeries: 7_000 }]);
  });

  test("and what comes after it is taken after it", async () => {
    const { take, drain, intake } = station(limits);
    take(`${names(1_000)}\ng:1|g`);
    take("g:2|g");
    take("g:+3|g");
    await untilUpToDate(intake);
    const output = createTally({ layouts: [{ digits: 2, bounds: [], thresholds: [] }] });
    const source = output.source();
    const gauge = output.allocate("gauge", 0);
    for (const { bytes, definitions } of await drain()) {
      for (const { cell, series: defined } of definitions) if (defined.name === "g") source.map(cell, gauge);
      source.merge(bytes);
    }
    expect(output.gauge(gauge)).toBe(5);
  });

  test("known names do not take a second turn", async () => {
    const { take, intake } = station(limits);
    take(names(7_000));
    await untilUpToDate(intake);
    take(names(7_000));
    expect(intake.isUpToDate).toBe(true);
  });

  test("where a last line must end, it is refused once, at the end", async () => {
    const { take, drain, intake } = station({ ...limits, requiresEnd: true });
    take(names(1_000));
    await untilUpToDate(intake);
    expect(traffic(await drain())).toMatchObject({ lines: 1_000, accepted: 999, rejected: { unterminated: 1 } });
  });
});
