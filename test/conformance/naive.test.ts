import { expect, test } from "vitest";
import { Naive } from "../support/naive.ts";
import { DIFFERENCES, LATER_STATIONS } from "./tables.ts";
import { expectedSeries, handedOver, inputOf, VECTORS } from "./vector.ts";

const CASES = VECTORS.filter((vector) => !LATER_STATIONS.has(vector.id) && !DIFFERENCES.has(vector.id));

/** The oracle of the differential tests is worth something only if it passes the cases itself. */
test.each(CASES)("the naive model agrees with case $id", (vector) => {
  const naive = new Naive("absolute");
  naive.ingest(inputOf(vector));
  expect(naive.series).toEqual(expectedSeries(vector));
  const rejected = [...naive.rejected.values()].reduce((sum, count) => sum + count, 0);
  if (handedOver(inputOf(vector)).length === 0)
    expect(rejected).toBe((vector.lines_rejected ?? 0) + (vector.agent_parse_ok_then_dropped ?? 0));
  expect(naive.lines).toBe(naive.accepted + rejected);
});
