import { expect, test } from "vitest";
import { Naive } from "../support/naive.ts";
import { BEYOND_CORE, DIFFERENCES } from "./tables.ts";
import { coreOptions, expectedSeries, handedOver, inputOf, refusedOf, withDifferences } from "./vector.ts";

/** The model knows no options. */
const CASES = withDifferences(DIFFERENCES).filter(
  (vector) => !BEYOND_CORE.has(vector.id) && Object.keys(coreOptions(vector)).length === 0,
);

/** The oracle of the differential tests is worth something only if it passes the cases itself. */
test.each(CASES)("the naive model agrees with case $id", (vector) => {
  const naive = new Naive("absolute");
  naive.ingest(inputOf(vector));
  expect(naive.series).toEqual(expectedSeries(vector));
  const rejected = [...naive.rejected.values()].reduce((sum, count) => sum + count, 0);
  if (handedOver(inputOf(vector)).length === 0) expect(rejected).toBe(refusedOf(vector));
  expect(naive.lines).toBe(naive.accepted + rejected);
});
