import { expect, test } from "vitest";
import { SmallOutput, SmallShard } from "../support/small-shard.ts";

test("a sample that an output adds itself joins what was merged, and touches the cell", () => {
  const shard = new SmallShard();
  const output = new SmallOutput();
  output.tally.setClock(1_000);
  shard.ingest("c:2|c\ng:2|g");
  output.take(shard);
  output.tally.setClock(9_000);
  const [counter, gauge] = [output.cell("c", "c"), output.cell("g", "g")];
  output.tally.addSample(counter, 3);
  output.tally.addSample(counter, -1);
  output.tally.addSample(gauge, 7);
  expect([output.tally.counterSum(counter), output.tally.counterNegative(counter)]).toEqual([4, -1]);
  expect([output.tally.samples(counter), output.tally.gauge(gauge)]).toEqual([3, 7]);
  expect([output.tally.touchedMs(counter), output.tally.touchedMs(gauge)]).toEqual([9_000, 9_000]);
});

test("a step that was merged after an added value is a step from that value", () => {
  const shard = new SmallShard({ gaugeSign: "step" });
  const output = new SmallOutput();
  shard.ingest("g:1|g");
  output.tally.setClock(1_000);
  output.take(shard);
  output.tally.setClock(2_000);
  output.tally.addSample(output.cell("g", "g"), 10);
  shard.tally.setClock(3_000);
  shard.ingest("g:+5|g");
  output.take(shard);
  expect(output.tally.gauge(output.cell("g", "g"))).toBe(15);
});
