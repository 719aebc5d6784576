import { expect, test } from "vitest";
import { PIECE_BYTES_MAX } from "../../../src/output/prometheus/format/page.ts";
import type { SelfFamily } from "../../../src/telemetry/family.ts";
import { parseExposition } from "../../support/exposition.ts";
import { Bench, seriesOf } from "../../support/prometheus.ts";

function filled(count: number, options: ConstructorParameters<typeof Bench>[0] = {}): Bench {
  const bench = new Bench(options);
  for (let index = 0; index < count; index += 1) bench.send(seriesOf("c", "counter", [`i:${index}`]), index);
  return bench;
}

test("a page comes in pieces of a limited size that make one valid page", async () => {
  const bench = filled(20_000);
  bench.send(seriesOf("c", "counter", [`long:${"😱".repeat(200_000)}`]), 1);
  const pieces = await Array.fromAsync(bench.output.render(undefined, []).pieces);
  expect(pieces.length).toBeGreaterThan(2);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(PIECE_BYTES_MAX);
  expect(parseExposition(Buffer.concat(pieces)).get("c_total")?.samples).toHaveLength(20_001);
});

test("rendering gives other work a turn as soon as its time is over", async () => {
  const bench = filled(160);
  bench.stepMs = 6;
  let turns = 0;
  const count = (): void => {
    turns += 1;
    handle = setImmediate(count);
  };
  let handle = setImmediate(count);
  await bench.page();
  clearImmediate(handle);
  expect(turns).toBeGreaterThanOrEqual(9);
});

test("an aborted render stops with the signal's reason", async () => {
  const bench = filled(160);
  bench.stepMs = 6;
  const reason = new Error("the scraper left");
  const { pieces } = bench.output.render(undefined, [], AbortSignal.abort(reason));
  await expect(Array.fromAsync(pieces)).rejects.toBe(reason);
  expect(bench.output.status().delivered).toBe(0);
});

test("series that come and go during a render are never shown twice", async () => {
  const ttlMs = { counter: 1000, gauge: 0, set: 0, histogram: 0 };
  const bench = new Bench({ ttlMs });
  const cells = Array.from({ length: 200 }, (_, index) => bench.send(seriesOf("c", "counter", [`i:${index}`]), index));
  bench.send(seriesOf("z", "gauge"), 1);
  bench.stepMs = 6;
  const pieces: Uint8Array[] = [];
  let turns = 0;
  const rebind = (): void => {
    turns += 1;
    // Every series is forgotten and born again, in another order, so that rows change hands.
    for (const cell of cells) bench.output.unbind(cell);
    bench.advance(2000);
    cells.reverse();
    for (const index of cells.keys()) cells[index] = bench.send(seriesOf("c", "counter", [`i:${(index * 7 + turns) % 200}`]), 1);
    if (turns < 5) handle = setImmediate(rebind);
  };
  let handle = setImmediate(rebind);
  for await (const piece of bench.output.render(undefined, []).pieces) pieces.push(piece);
  clearImmediate(handle);
  expect(turns).toBeGreaterThan(0);
  const families = parseExposition(Buffer.concat(pieces));
  expect(families.get("z")?.samples).toHaveLength(1);
  bench.stepMs = 0;
  expect(parseExposition(await bench.bytes()).get("c_total")?.samples).toHaveLength(200);
});

test("own metrics come first, with whole histograms", async () => {
  const own: SelfFamily[] = [
    { name: "tallyd_x_total", type: "counter", help: "Back\\slash\nand line.", samples: [{ labels: [["a", '"']], value: 2 }] },
    { name: "tallyd_none", type: "gauge", help: "Empty.", samples: [] },
    {
      name: "tallyd_h", type: "histogram", help: "H.",
      samples: [{ labels: [], value: { bounds: [0.001, 1], counts: [1, 2], count: 3, sum: 4.5 } }],
    },
  ];
  const bench = filled(1);
  expect(await bench.page(own)).toBe(`# HELP tallyd_x_total Back\\\\slash\\nand line.
# TYPE tallyd_x_total counter
tallyd_x_total{a="\\""} 2
# HELP tallyd_h H.
# TYPE tallyd_h histogram
tallyd_h_bucket{le="0.001"} 1
tallyd_h_bucket{le="1.0"} 2
tallyd_h_bucket{le="+Inf"} 3
tallyd_h_sum 4.5
tallyd_h_count 3
# HELP c_total Counter received over StatsD, since the server started.
# TYPE c_total counter
c_total{i="0"} 0
`);
});

test("a page that was read to its end is counted", async () => {
  const bench = filled(1);
  await bench.page();
  await bench.page();
  expect(bench.output.status().delivered).toBe(2);
});
