import { COUNTER, GAUGE, HISTOGRAM, NO_CELL, SET, isRedirected, markRedirected, record } from "./cell";
import { histogramReset } from "./histogram";
import { extraBitsOf } from "./layout";
import { saturate } from "./mix";
import { bucketEdge, bucketOf } from "./pages";
import { setReset } from "./set";
import { clock } from "./settings";
import { SAMPLES_LOST, add } from "./stats";

/**
 * A cell that keeps nothing: rows that are merged into it go on to another cell of its kind, in that one's unit, so that
 * milliseconds and seconds, or what comes with different scales, add up in one cell. Or they go nowhere, where what they are a
 * part of is over and their sender does not know yet.
 *
 *   12  u32  target    NO_CELL: nowhere
 *   24  f64  times     a value goes on as value × times ÷ by
 *   32  f64  by
 */
const TARGET: usize = 12;
const TIMES: usize = 24;
const BY: usize = 32;

/** What the cell has is dropped. */
export function redirect(cell: u32, target: u32, times: f64, by: f64): void {
  const where = record(cell);
  const kind = cell & 3;
  if (!isRedirected(where)) {
    if (kind == SET) setReset(where);
    else if (kind == HISTOGRAM) histogramReset(where);
  }
  markRedirected(where);
  store<u32>(where, target, TARGET);
  store<f64>(where, times, TIMES);
  store<f64>(where, by, BY);
}

/** Where the row of a delta goes in the end, turned into that cell's unit where it stands; NO_CELL = nowhere. */
export function follow(kind: u32, cell: u32, row: usize): u32 {
  let to = cell;
  while (to != NO_CELL && isRedirected(record(to))) {
    const where = record(to);
    store<f64>(where, clock, 16);
    to = load<u32>(where, TARGET);
    const times = load<f64>(where, TIMES);
    const by = load<f64>(where, BY);
    if (to == NO_CELL) add(SAMPLES_LOST, load<u32>(row, 4));
    else if (times != by) convert(kind, row, times, by, extraBitsOf(load<u32>(record(to), 12)));
  }
  return to;
}

@inline
function scaled(value: f64, times: f64, by: f64): f64 {
  return saturate((value * times) / by);
}

@inline
function scale(at: usize, times: f64, by: f64): void {
  store<f64>(at, scaled(load<f64>(at), times, by));
}

/** Rows are those of `counterWrite`, `gaugeWrite` and `histogram.ts`; there are no redirected sets. */
function convert(kind: u32, row: usize, times: f64, by: f64, extraBits: u32): void {
  if (kind == COUNTER) {
    scale(row + 8, times, by);
    scale(row + 16, times, by);
  } else if (kind == GAUGE) {
    scale(row + 8, times, by);
    scale(row + 24, times, by);
  } else convertHistogram(row, times, by, extraBits);
}

/** Counts per bound stay: both cells have the same bounds, each in its own unit. */
function convertHistogram(row: usize, times: f64, by: f64, extraBits: u32): void {
  scale(row + 16, times, by);
  const low = scaled(load<f64>(row, 24), times, by);
  const high = scaled(load<f64>(row, 32), times, by);
  store<f64>(row, min(low, high), 24);
  store<f64>(row, max(low, high), 32);
  const raws = load<u32>(row, 48);
  const buckets = load<u32>(row, 52);
  const bounds = load<u32>(row, 56);
  for (let i: u32 = 0; i < raws; i++) scale(row + 64 + (i << 4), times, by);
  const weights = row + 64 + (raws << 4);
  const list = weights + ((buckets + bounds) << 3);
  for (let i: u32 = 0; i < buckets; i++) {
    const bucket = load<i32>(list + (i << 2));
    const value = scaled(middleOf(bucket, extraBits), times, by);
    if (value != 0) store<i32>(list + (i << 2), bucketOf(value, extraBits));
    else toZero(row, weights + (i << 3));
  }
}

/** Once in the middle of its bucket and once more in that of the other unit: a value is twice as far off at most. */
function middleOf(bucket: i32, extraBits: u32): f64 {
  const plain = <u64>(bucket < 0 ? -bucket : bucket) - 1;
  const inner = bucketEdge(plain, extraBits);
  const middle = inner + (bucketEdge(plain + 1, extraBits) - inner) / 2;
  return bucket < 0 ? -middle : middle;
}

function toZero(row: usize, weight: usize): void {
  store<f64>(row, load<f64>(row, 40) + load<f64>(weight), 40);
  store<f64>(weight, 0);
}
