import { expect, test } from "vitest";
import { NO_CELL } from "../../src/core/tally.ts";
import { createFeed } from "../../src/flush/feed.ts";
import { createIntake } from "../../src/shard/intake.ts";
import type { ShardDelta } from "../../src/shard/message.ts";
import { recordingOutput } from "../support/recording-output.ts";
import { shardOptions } from "../support/shard-options.ts";

/** The one delta that a counter of 1 makes. */
async function oneDelta(): Promise<ShardDelta> {
  const intake = createIntake(shardOptions(), () => 1_000);
  intake.take(Buffer.from("a:1|c"), "", 0);
  const parts: ShardDelta[] = [];
  await intake.drain(
    1,
    (part) => parts.push(part),
    async () => {},
  );
  return parts[0] as ShardDelta;
}

test("numbers for a cell that was forgotten and not defined again reach nothing", async () => {
  const output = recordingOutput("out");
  const feed = createFeed([output]);
  const delta = await oneDelta();
  feed.merge(delta);
  feed.merge({
    ...delta,
    definitions: [],
    bytes: new Uint8Array(0),
    forgotten: delta.definitions.map(({ cell }) => cell),
  });
  feed.merge({ ...delta, definitions: [] });
  expect(output.tally.counterSum(output.cellOf("a"))).toBe(1);
});

test("a cell that a part forgets still gets the numbers of that part", async () => {
  const output = recordingOutput("out");
  const feed = createFeed([output]);
  const delta = await oneDelta();
  feed.merge({ ...delta, forgotten: delta.definitions.map(({ cell }) => cell) });
  expect(output.tally.counterSum(output.cellOf("a"))).toBe(1);
  expect(output.holds(output.cellOf("a"))).toBe(0);
});

test("an end gives every cell back once", async () => {
  const output = recordingOutput("out");
  const feed = createFeed([output]);
  feed.merge(await oneDelta());
  feed.end();
  expect(output.holds(output.cellOf("a"))).toBe(0);
});

test("a series that an output refused is bound once a name has become free there, and its numbers count from then on", async () => {
  const output = Object.assign(recordingOutput("out"), { vacancies: 0 });
  output.refuse.add("a");
  const feed = createFeed([output]);
  const delta = await oneDelta();
  feed.merge(delta);
  output.refuse.delete("a");
  feed.merge({ ...delta, definitions: [] });
  expect(output.cellOf("a")).toBe(NO_CELL);
  output.vacancies += 1;
  feed.merge({ ...delta, definitions: [] });
  expect(output.tally.counterSum(output.cellOf("a"))).toBe(1);
  expect(output.holds(output.cellOf("a"))).toBe(1);
  feed.end();
  expect(output.holds(output.cellOf("a"))).toBe(0);
});

test("a refused series that its shard has forgotten is not asked for again", async () => {
  const output = Object.assign(recordingOutput("out"), { vacancies: 0 });
  output.refuse.add("a");
  const feed = createFeed([output]);
  const delta = await oneDelta();
  feed.merge({ ...delta, forgotten: delta.definitions.map(({ cell }) => cell) });
  output.refuse.delete("a");
  output.vacancies += 1;
  feed.merge({ ...delta, definitions: [], bytes: new Uint8Array(0) });
  expect(output.cellOf("a")).toBe(NO_CELL);
});
