import { describe, expect, test } from "vitest";
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
  const pieces: Buffer[] = [];
  for await (const piece of bench.output.render(undefined, []).pieces) pieces.push(Buffer.from(piece));
  expect(pieces.length).toBeGreaterThan(2);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(PIECE_BYTES_MAX);
  expect(parseExposition(Buffer.concat(pieces)).get("c_total")?.samples).toHaveLength(20_001);
});

test("a piece stays as it is until so many further ones are asked for as the page says", async () => {
  const bench = filled(200_000);
  const { pieces, held } = bench.output.render(undefined, []);
  const open: { piece: Uint8Array; copy: Buffer }[] = [];
  const memories = new Set<ArrayBufferLike>();
  let count = 0;
  for await (const piece of pieces) {
    memories.add(piece.buffer);
    count += 1;
    open.push({ piece, copy: Buffer.from(piece) });
    if (open.length > held) open.shift();
    for (const { piece: still, copy } of open) expect(copy.equals(still)).toBe(true);
  }
  expect(held).toBeGreaterThan(1);
  expect(memories.size).toBeLessThanOrEqual(held + 3);
  expect(count).toBeGreaterThan(memories.size);
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

describe("series that come and go during a render", () => {
  /** Renders 200 counters of one family, 16 a turn, and lets `churn` run once, when some have been written. */
  async function renderWith(churn: (bench: Bench, cells: number[]) => void): Promise<string[]> {
    const bench = new Bench({ ttlMs: { counter: 1000, gauge: 0, set: 0, histogram: 0 } });
    bench.output.bind(seriesOf("c", "counter", ["held:for-ever"]));
    const cells = Array.from({ length: 200 }, (_, index) => bench.send(seriesOf("c", "counter", [`i:${index}`]), 1));
    bench.stepMs = 6;
    setImmediate(() => setImmediate(() => churn(bench, cells)));
    const page = await bench.bytes();
    return [...(parseExposition(page).get("c_total")?.samples ?? [])].map(({ labels }) => labels.get("i") ?? "held");
  }

  test("are never shown twice, not even when they come back in a row that is still to be written", async () => {
    const shown = await renderWith((bench, cells) => {
      for (const cell of cells) bench.output.unbind(cell);
      bench.advance(2000);
      for (const index of cells.keys()) bench.send(seriesOf("c", "counter", [`i:${index}`]), 1);
    });
    expect(shown.length).toBeGreaterThanOrEqual(16);
    expect(shown.length).toBeLessThan(200);
  });

  test("are left out when they are gone", async () => {
    const shown = await renderWith((bench, cells) => {
      for (const cell of cells) bench.output.unbind(cell);
      bench.advance(2000);
    });
    expect(shown.length).toBeLessThan(200);
    expect(shown.slice(0, 3)).toEqual(["held", "0", "1"]);
  });
});

test("own metrics come first, with whole histograms", async () => {
  const own: SelfFamily[] = [
    {
      name: "tallyd_x_total",
      type: "counter",
      help: "Back\\slash\nand line.",
      samples: [{ labels: [["a", '"']], value: 2 }],
    },
    { name: "tallyd_none", type: "gauge", help: "Empty.", samples: [] },
    {
      name: "tallyd_h",
      type: "histogram",
      help: "H.",
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
