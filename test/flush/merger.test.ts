import { describe, expect, test } from "vitest";
import { NO_CELL } from "../../src/core/tally.ts";
import { createLedger } from "../../src/flush/ledger.ts";
import { createMerger } from "../../src/flush/merger.ts";
import { createIntake } from "../../src/shard/intake.ts";
import { manualClock } from "../support/manual-clock.ts";
import { recordingOutput } from "../support/recording-output.ts";
import { shardOptions } from "../support/shard-options.ts";

/** Shards without threads, joined to outputs by a merger: the whole way of a sample but sockets and rendering. */
function house(shards: number) {
  const clock = manualClock();
  const [first, second] = [recordingOutput("first"), recordingOutput("second")];
  const ledger = createLedger();
  const merger = createMerger([first, second], ledger);
  const intakes = Array.from({ length: shards }, (_, id) =>
    createIntake(shardOptions({ id, idleMs: 10_000 }), clock.nowMs),
  );
  return {
    clock,
    first,
    second,
    ledger,
    merger,
    take: (shard: number, text: string) => intakes[shard]?.take(Buffer.from(text), "", 0),
    replace: (shard: number) => void (intakes[shard] = createIntake(shardOptions({ id: shard }), clock.nowMs)),
    async drain() {
      for (const [id, intake] of intakes.entries())
        await intake.drain(
          1,
          (delta) => merger.merge(id, delta),
          async () => {},
        );
    },
  };
}

test("what two shards have of one series adds up in every output", async () => {
  const { take, drain, first, second } = house(2);
  take(0, "a:1|c|#x,y");
  take(1, "a:2|c|#y,x");
  await drain();
  take(1, "a:4|c|#y,x");
  await drain();
  for (const output of [first, second]) expect(output.tally.counterSum(output.cellOf("a"))).toBe(7);
  expect(first.holds(first.cellOf("a"))).toBe(2);
});

test("a series that an output does not show costs the others nothing", async () => {
  const { take, drain, first, second } = house(1);
  first.refuse.add("a");
  take(0, "a:1|c\nb:1|c");
  await drain();
  expect(second.tally.counterSum(second.cellOf("a"))).toBe(1);
  expect(first.tally.counterSum(first.cellOf("b"))).toBe(1);
  expect(first.cellOf("a")).toBe(NO_CELL);
});

test("specials reach every output", async () => {
  const { take, drain, first, second } = house(1);
  take(0, "_e{1,1}:a|b\nx:1|c|T5");
  await drain();
  for (const output of [first, second]) expect(output.taken.map(({ type }) => type)).toEqual(["event", "timestamped"]);
});

describe("cells are given back", () => {
  test("when their shard has forgotten the series, and bound again when it returns", async () => {
    const { take, drain, first, clock } = house(1);
    take(0, "a:1|c");
    await drain();
    for (let minute = 0; minute < 40 && first.holds(first.cellOf("a")) > 0; minute++) {
      clock.advance(60_000);
      await drain();
    }
    expect(first.holds(first.cellOf("a"))).toBe(0);
    take(0, "b:5|c\na:2|c");
    await drain();
    expect(first.holds(first.cellOf("a"))).toBe(1);
    expect([first.tally.counterSum(first.cellOf("a")), first.tally.counterSum(first.cellOf("b"))]).toEqual([3, 5]);
  });

  test("when their shard died; its successor's cells of the same numbers mean its own series", async () => {
    const { take, drain, first, merger, replace, ledger } = house(2);
    take(0, "a:1|c\nb:1|c");
    take(1, "a:1|c");
    await drain();
    merger.bury(0, { datagrams: 1, bytes: 11, lines: 2 });
    expect([first.holds(first.cellOf("a")), first.holds(first.cellOf("b"))]).toEqual([1, 0]);
    replace(0);
    take(0, "b:10|c\na:100|c");
    await drain();
    expect([first.tally.counterSum(first.cellOf("a")), first.tally.counterSum(first.cellOf("b"))]).toEqual([102, 11]);
    expect(ledger.status()).toMatchObject({ received: 5, accepted: 5, balance: 0 });
  });
});

test("a shard that dies before it was ever drained is buried too", () => {
  const ledger = createLedger();
  const merger = createMerger([], ledger);
  merger.bury(3, { datagrams: 1, bytes: 2, lines: 4 });
  expect(ledger.status()).toMatchObject({ received: 4, lostWithShard: 4, balance: 0 });
});
