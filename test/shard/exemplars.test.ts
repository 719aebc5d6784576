import { describe, expect, test } from "vitest";
import { createIntake } from "../../src/shard/intake.ts";
import { Exemplars } from "../../src/shard/exemplars.ts";
import type { ShardDelta } from "../../src/shard/message.ts";
import { kindRow, KINDS } from "../../src/model/kind.ts";
import { shardOptions } from "../support/shard-options.ts";
import { seriesOf } from "../support/prometheus.ts";

const SERIES = seriesOf("wait", "timer");

describe("a tag that names a trace", () => {
  test("is no part of the tags, however often it comes", () => {
    const exemplars = new Exemplars("trace_id");
    expect(exemplars.split(["a:1", "trace_id:4bf9", "trace_id:5", "trace_idx:1"])).toEqual({
      tags: ["a:1", "trace_idx:1"],
      trace: "4bf9",
    });
    expect(exemplars.split(["a:1", "trace_id"])).toEqual({ tags: ["a:1", "trace_id"], trace: "" });
    expect(new Exemplars("").split([":x"])).toEqual({ tags: [":x"], trace: "" });
  });

  test.each([
    [":320|ms|#trace_id:x", 320],
    [":-1.5e3|ms", -1500],
    [":320|ms\nother:1|c", 320],
    [":1:2|ms", undefined],
    [":1|c:320|ms", undefined],
    [":0x10|ms", undefined],
    [":320|h", undefined],
    [":320", undefined],
    [`:${"1".repeat(100)}|ms`, undefined],
    ["", undefined],
  ])("keeps the value of %j as %s", (behind, value) => {
    const exemplars = new Exemplars("trace_id");
    exemplars.keep(4, SERIES, kindRow("timer"), "x", Buffer.from(behind), 7);
    const want = value === undefined ? [] : [{ series: SERIES, label: ["trace_id", "x"], value, timeMs: 7 }];
    expect(exemplars.take()).toEqual(want);
    expect(exemplars.take()).toEqual([]);
  });

  test.each(KINDS.map(({ kind, cell }) => [kind, cell === "counter" || cell === "histogram"] as const))(
    "of a %s gives an exemplar: %s",
    (kind, does) => {
      const exemplars = new Exemplars("trace_id");
      const row = kindRow(kind);
      exemplars.keep(4, seriesOf("x", kind), row, "x", Buffer.from(`:1|${row.wire}`), 7);
      expect(exemplars.take()).toHaveLength(does ? 1 : 0);
    },
  );

  test("keeps the last of each series, of a limited number of series", () => {
    const exemplars = new Exemplars("t");
    for (let cell = 0; cell < 10_010; cell += 1)
      for (const trace of ["a", "b"]) exemplars.keep(cell, SERIES, kindRow("timer"), trace, Buffer.from(":1|ms"), cell);
    const taken = exemplars.take();
    expect(taken).toHaveLength(10_000);
    expect(new Set(taken.map(({ label }) => label[1]))).toEqual(new Set(["b"]));
  });
});

async function drained(lines: readonly string[], seriesMax = 1_000): Promise<ShardDelta[]> {
  const intake = createIntake(shardOptions({ exemplarTag: "trace_id", seriesMax }), () => 1_700_000_000_000);
  intake.take(Buffer.from(lines.join("\n")), "10.0.0.1", 4_321);
  await intake.whenUpToDate?.();
  const parts: ShardDelta[] = [];
  await intake.drain(
    1,
    (part) => parts.push(part),
    async () => {},
  );
  return parts;
}

test("lines of many traces feed one series, and the last new trace is its exemplar", async () => {
  const lines = ["wait:320|ms|#trace_id:aa,route:/", "wait:5|ms|#route:/,trace_id:bb", "hits:2|c|@0.5|#trace_id:cc"];
  const parts = await drained(lines);
  const definitions = parts.flatMap((part) => part.definitions);
  expect(definitions.map(({ series }) => [series.name, series.tags])).toEqual([
    ["wait", ["route:/"]],
    ["hits", []],
  ]);
  const exemplars = parts.flatMap(({ specials }) => specials);
  expect(exemplars).toMatchObject([
    { type: "exemplar", exemplar: { label: ["trace_id", "bb"], value: 5, series: { name: "wait" } } },
    { type: "exemplar", exemplar: { label: ["trace_id", "cc"], value: 2, series: { name: "hits" } } },
  ]);
});

test("a series beyond the limit gives its exemplar to the one that stands in for it, and is not told of itself", async () => {
  const parts = await drained(["first:1|c", "hits:2|c|#user:1,trace_id:aa", "hits:3|c|#user:2,trace_id:bb"], 1);
  const [exemplar, ...others] = parts.flatMap(({ specials }) => specials);
  expect(exemplar).toMatchObject({ exemplar: { label: ["trace_id", "bb"], value: 3 } });
  expect(exemplar).toMatchObject({ exemplar: { series: { name: "hits", tags: ["overflow:true"] } } });
  expect(others).toEqual([]);
});
