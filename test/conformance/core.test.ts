import { describe, expect, test } from "vitest";
import type { RejectReason } from "../../src/model/reject.ts";
import { differences } from "../support/compare.ts";
import { SmallShard } from "../support/small-shard.ts";
import { BEYOND_CORE, DIFFERENCES, DIFFERENT_LINES, OUTPUT_DIFFERENCES, PROTOCOL_DIFFERENCES } from "./tables.ts";
import {
  coreOptions,
  expectedSeries,
  handedOver,
  inputOf,
  latin1,
  refusedOf,
  VECTORS,
  withDifferences,
} from "./vector.ts";

describe("the core reads what the Agent reads, but for the differences", () => {
  test.each(withDifferences(DIFFERENCES).filter((vector) => !BEYOND_CORE.has(vector.id)))("$id", (vector) => {
    const shard = new SmallShard({ gaugeSign: "absolute", keyBytesMax: 16_384, ...coreOptions(vector) });
    shard.ingest(inputOf(vector));
    const handed = handedOver(inputOf(vector));
    const timestamped = vector.metrics.filter((metric) => metric.timestamp !== null);
    expect(shard.specials.filter((special) => special.type < 2).map((special) => special.line)).toEqual(handed);
    expect(shard.specials.filter((special) => special.type === 2).map((special) => special.line.split(":")[0])).toEqual(
      timestamped.map((metric) => latin1(metric.name)),
    );
    if (handed.length === 0) expect(shard.rejectedTotal).toBe(refusedOf(vector));
    expect(differences(shard.tally, shard.cells, expectedSeries(vector))).toEqual([]);
    for (const metric of vector.metrics.filter((candidate) => candidate.timestamp === null)) {
      const raw = [...shard.bound.values()]
        .filter((series) => series.name === latin1(metric.name))
        .map((series) => series.rawTags);
      expect(raw).toContainEqual(expect.toSatisfy((tags: string) => sameTags(tags, metric.tags.map(latin1))));
    }
  });
});

test.each(DIFFERENT_LINES)("%j (the Agent: %s) is %s", (line, _agent, tallyd) => expectOutcome(line, tallyd));

test("every id of the tables is a case of the file, and no case is in two tables", () => {
  const ids = new Set(VECTORS.map((vector) => vector.id));
  const listed = [
    ...BEYOND_CORE.keys(),
    ...DIFFERENCES.keys(),
    ...PROTOCOL_DIFFERENCES.keys(),
    ...OUTPUT_DIFFERENCES.keys(),
  ];
  expect(listed.filter((id) => !ids.has(id))).toEqual([]);
  expect(new Set(listed).size).toBe(listed.length);
});

test("a case with options runs only where the core has them, or where they change nothing in it", () => {
  const known = new Set([
    "dogstatsd_origin_detection_client",
    "dogstatsd_no_aggregation_pipeline",
    "dogstatsd_eol_required",
    "dogstatsd_buffer_size",
    "histogram_copy_to_distribution",
    "histogram_copy_to_distribution_prefix",
  ]);
  const unexplained = VECTORS.filter((vector) => !BEYOND_CORE.has(vector.id))
    .filter(
      (vector) =>
        vector.transport !== undefined || Object.keys(vector.config ?? {}).some((option) => !known.has(option)),
    )
    .map((vector) => vector.id);
  expect(unexplained).toEqual([]);
});

function expectOutcome(input: string, want: number | RejectReason): void {
  const shard = new SmallShard();
  shard.ingest(input);
  if (typeof want === "string") {
    expect([...shard.rejected]).toEqual([[want, 1]]);
    expect(shard.bound.size).toBe(0);
    return;
  }
  const [cell, series] = [...shard.bound][0] as [number, { row: { cell: string } }];
  expect(shard.rejectedTotal).toBe(0);
  expect(shard.bound.size).toBe(1);
  expect(series.row.cell === "gauge" ? shard.tally.gauge(cell) : shard.tally.counterSum(cell)).toBe(want);
}

/** As sets, the empty tag included; no tag section and an empty one are the same. */
function sameTags(raw: string, tags: readonly string[]): boolean {
  const got = new Set(raw === "" ? [] : raw.split(","));
  return got.size === new Set(tags).size && tags.every((tag) => got.has(tag));
}
