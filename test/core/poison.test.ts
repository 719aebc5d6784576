import { describe, expect, test } from "vitest";
import { SmallOutput, SmallShard } from "../support/small-shard.ts";

/**
 * One infinite number in a sum stays there for ever, and the first of the other sign makes NaN of it: a single datagram
 * could ruin a series until the next restart. Whatever is sent, what is shown stays finite.
 */
describe("no line makes a number that is not finite", () => {
  test.each([
    ["a weight that overflows", "t:1|h|@1e-320"],
    ["a weight that overflows, on zero", "t:0|h|@5e-324"],
    ["a value / rate that overflows", "t:1e308|c|@0.001\nt:-1e308|c|@0.001"],
    ["a value × weight that overflows", "t:1e308|ms|@0.001\nt:-1e308|ms|@0.001"],
    ["a counter that overflows by adding", "t:1.7e308|c\nt:1.7e308|c\nt:-1.7e308|c\nt:-1.7e308|c\nt:-1.7e308|c"],
    ["a histogram's sum that overflows by adding", "t:1.7e308:1.7e308:-1.7e308:-1.7e308:-1.7e308|h"],
    ["steps that overflow", "t:+1.7e308|g\nt:+1.7e308|g\nt:-1.7e308|g\nt:-1.7e308|g\nt:-1.7e308|g"],
    ["a step on the largest value", "t:1.7e308|g\nt:+1.7e308|g"],
  ])("%s", (_name, datagram) => {
    const shard = new SmallShard();
    const output = new SmallOutput();
    for (let round = 0; round < 3; round++) {
      shard.tally.setClock(1_000 + round);
      shard.ingest(datagram);
      output.take(shard);
    }
    const shown: number[] = [];
    for (const [cell, { row }] of output.bound) {
      const { tally } = output;
      if (row.cell === "counter") shown.push(tally.counterSum(cell), tally.counterNegative(cell));
      else if (row.cell === "gauge") shown.push(tally.gauge(cell));
      else if (row.cell === "histogram")
        shown.push(tally.count(cell), tally.sum(cell), tally.min(cell), tally.max(cell), tally.quantile(cell, 0.5));
    }
    expect(shown.filter((number) => !Number.isFinite(number))).toEqual([]);
    const { lines, accepted, rejected } = shard.counted();
    expect(lines).toBe(accepted + Object.values(rejected).reduce((sum, count) => sum + count, 0));
  });
});
