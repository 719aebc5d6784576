import { expect, test } from "vitest";
import { NO_CELL } from "../../src/core/tally.ts";
import { createFeed } from "../../src/flush/feed.ts";
import type { Definition } from "../../src/model/series.ts";
import { parseMapping } from "../../src/policy/mapping/exporter/parse.ts";
import { prepareMapping } from "../../src/policy/mapping/exporter/prepare.ts";
import type { PolicyOptions } from "../../src/policy/policy.ts";
import { BoundEpochs } from "../../src/shard/bound-epochs.ts";
import { createIntake } from "../../src/shard/intake.ts";
import { manualClock } from "../support/manual-clock.ts";
import { recordingOutput } from "../support/recording-output.ts";
import { SHARD_OPTIONS, shardOptions } from "../support/shard-options.ts";

const CONFIGURED = { digits: 2, observer: "summary", buckets: [1], windowMs: 600_000, ageBuckets: 5 } as const;

/** Rules that give `a` a name, as they are read for the n-th time. */
function named(name: string, epoch: number): PolicyOptions {
  const { mapping } = parseMapping(`mappings: [{match: a, name: ${name}}]`);
  const { prepared } = prepareMapping(mapping, CONFIGURED, SHARD_OPTIONS.layouts);
  return { ...SHARD_OPTIONS.policy, exporter: prepared, ...(epoch > 0 && { epoch }) };
}

test("a series that gets back what it was called before is told once more, and one that is called as before is not", async () => {
  const intake = createIntake(shardOptions({ policy: named("x", 0) }), manualClock().nowMs);
  const told: Definition[][] = [];
  const again = async (): Promise<void> => {
    const definitions: Definition[] = [];
    intake.take(Buffer.from("a:1|c\nb:1|c"), "", 0);
    await intake.drain(
      1,
      (part) => definitions.push(...part.definitions),
      async () => {},
    );
    told.push(definitions);
  };
  await again();
  for (const [at, name] of ["y", "x", "x", "y"].entries()) {
    await intake.usePolicy(named(name, at + 1), [], async () => {});
    await again();
  }
  const names = told.map((definitions) =>
    definitions.map(({ series }) => [series.name, series.prometheus?.name, series.epoch]),
  );
  expect(names).toEqual([
    [
      ["a", "x", undefined],
      ["b", undefined, undefined],
    ],
    [["a", "y", 1]],
    [["a", "x", 2]],
    [],
    [["a", "y", 4]],
  ]);
  expect(told[2]?.[0]?.cell).toBe(told[0]?.[0]?.cell);
  expect(told[4]?.[0]?.cell).toBe(told[1]?.[0]?.cell);
});

test("of a cell that is told once more, an output gets back what it gave for it before", async () => {
  const output = recordingOutput("out");
  const feed = createFeed([output]);
  const nothing = { bytes: new Uint8Array(0), specials: [], forgotten: [], rejects: [] };
  const definitions = [
    { cell: 0, series: { name: "a", tags: [], host: undefined, kind: "counter", layout: 0 } },
  ] as const;
  const merge = (): void => feed.merge({ ...nothing, definitions, traffic: undefined, memory: undefined });
  merge();
  merge();
  expect(output.holds(output.cellOf("a"))).toBe(1);
  output.refuse.add("a");
  merge();
  expect(output.holds(output.cellOf("a"))).toBe(0);
  feed.end();
  expect([output.holds(output.cellOf("a")), output.cellOf("a") === NO_CELL]).toEqual([0, false]);
});

test("cells are known by the rules that bound them last, of every kind and number", () => {
  const epochs = new BoundEpochs();
  for (const cell of [0, 3, 4_000_000]) {
    expect([cell, epochs.isReturn(cell, 0), epochs.isReturn(cell, 1), epochs.isReturn(cell, 2)]).toEqual([
      cell,
      false,
      false,
      false,
    ]);
    expect([epochs.isReturn(cell, 4), epochs.isReturn(cell, 4), epochs.isReturn(cell, 5)]).toEqual([
      true,
      false,
      false,
    ]);
  }
  epochs.set(7, 9);
  expect([epochs.isReturn(7, 10), epochs.isReturn(7, 200_000), epochs.isReturn(7, 300_000)]).toEqual([
    false,
    true,
    false,
  ]);
});
