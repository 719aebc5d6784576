import { Random } from "../test/support/random.ts";
import { drainAll, SmallShard } from "../test/support/small-shard.ts";
import type { BenchResult, Row, Size } from "./result.ts";
import { median, resultHash } from "./result.ts";

type Shape = "plain" | "tagged" | "packed";
const SHAPES: readonly Shape[] = ["plain", "tagged", "packed"];
const SERIES: Readonly<Record<Size, readonly number[]>> = { small: [1, 50], full: [1, 4_000, 100_000] };
const SAMPLES: Readonly<Record<Size, number>> = { small: 4_000, full: 300_000 };
const ROUNDS: Readonly<Record<Size, number>> = { small: 2, full: 7 };
const PACKED = 8;
/** What fits into an Ethernet frame: what a client that packs lines sends. */
const DATAGRAM_BYTES = 1_432;

/** How long does the core take for a line, from the copy into its memory to the added number? */
export function benchCore(size: Size): BenchResult {
  const rows: Row[] = [];
  const results: unknown[] = [];
  for (const shape of SHAPES) {
    for (const series of SERIES[size]) {
      const { row, result } = measure(shape, series, size);
      rows.push(row);
      results.push(result);
    }
  }
  return {
    question: "How many nanoseconds does the core need for a line (or, packed, for a value)?",
    rows,
    hash: resultHash(results),
  };
}

function measure(shape: Shape, series: number, size: Size): { readonly row: Row; readonly result: readonly unknown[] } {
  const count = shape === "packed" ? SAMPLES[size] / PACKED : SAMPLES[size];
  const random = new Random(series);
  const order = random.shuffle(Array.from({ length: Math.max(count, series) }, (_, i) => i % series));
  const lines = order.map((index) => makeLine(shape, index, random));
  const datagrams = pack(lines);
  const samples = lines.length * (shape === "packed" ? PACKED : 1);
  const shard = new SmallShard({ keysMax: 1_000_000 });
  const send = (): void => {
    const { tally } = shard;
    for (const datagram of datagrams) {
      tally.heap.set(datagram, tally.inputOffset);
      tally.ingest(tally.inputOffset, datagram.length);
    }
  };
  // Twice unmeasured: the first pass binds every series, the second one is the engine's to optimise.
  send();
  send();
  drainAll(shard);
  const nanoseconds: number[] = [];
  for (let round = 0; round < ROUNDS[size]; round++) {
    const start = performance.now();
    send();
    nanoseconds.push(((performance.now() - start) * 1e6) / samples);
    // As in production, where a drain comes every second, and never inside a measured pass.
    if (round < ROUNDS[size] - 1) drainAll(shard);
  }
  const sum = [...shard.bound].reduce(
    (total, [cell, { row }]) => total + (row.cell === "counter" ? shard.tally.counterSum(cell) : shard.tally.sum(cell)),
    0,
  );
  const bytes = Math.round(lines.reduce((total, line) => total + line.length, 0) / lines.length);
  const range = `${Math.min(...nanoseconds).toFixed(1)}–${Math.max(...nanoseconds).toFixed(1)} over ${nanoseconds.length} rounds`;
  const name = `${shape}, ${series.toLocaleString("en-US")} series, ${bytes}-byte lines`;
  return {
    row: { name, value: median(nanoseconds), unit: shape === "packed" ? "ns/value" : "ns/line", note: range },
    result: [shape, series, samples, sum],
  };
}

function makeLine(shape: Shape, index: number, random: Random): string {
  const name = `app.http.requests.${index}`;
  if (shape === "plain") return `${name}:${random.int(1, 999)}|c`;
  if (shape === "tagged") return `${name}:${random.int(1, 999)}|c|#env:prod,region:eu-${index % 3}`;
  return `${name}:${Array.from({ length: PACKED }, () => random.int(1, 99_999) / 100).join(":")}|h|#env:prod`;
}

function pack(lines: readonly string[]): Buffer[] {
  const out: Buffer[] = [];
  let held = "";
  for (const line of lines) {
    if (held.length + line.length + 1 > DATAGRAM_BYTES) {
      out.push(Buffer.from(held));
      held = "";
    }
    held += held === "" ? line : `\n${line}`;
  }
  out.push(Buffer.from(held));
  return out;
}
