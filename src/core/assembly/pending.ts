import { COUNTER, GAUGE, HISTOGRAM, NO_CELL, SET, record } from "./cell";
import { counterAdd } from "./counter";
import { rate, tags, tagsLength, tagsSum } from "./field";
import { keyHash, memberHash } from "./hash";
import { histogramAdd, touchSamples } from "./histogram";
import { accept, lookUp } from "./key";
import { message, setMessage } from "./message";
import { isKey, lastByte, markUsed } from "./raw-key";
import { setAdd, touchMember } from "./set";
import { SAMPLES, count } from "./stats";
import { DROPPED, NOTES, bucketOf, keyOf, likelyEntry, valueOf } from "./table";
import { addGauge, usableRate } from "./values";

/**
 * Lines that are read and wait for their cells. Where there are many series, a line's entry, its key and its cell are in
 * no cache, and to wait for one after the other costs more than everything else. So lines are held until there are 32 of
 * them; then the memory of all is asked for at once, station by station, and the processor waits for it together:
 *
 *   hold … hold ─▶ entries ─▶ keys and cells ─▶ compare the keys ─▶ counters ─▶ gauges ─▶ sets ─▶ histograms
 *
 * The values are added kind by kind, so that the processor need not guess at each what kind comes next.
 *
 * Nothing of it shows: whoever ingests settles before it answers, and a line that cannot wait (several values, several
 * pairs) settles before its own values are added, so that the values of a gauge keep their order.
 *
 *    0  u64  hash             16  f64  rate           32  u32  tags
 *    8  f64  value            24  u32  name           36  u32  bytes of the tags
 *   44  u32  isStep           28  u32  bytes of it    40  u32  kind
 *   48  u32  message          52  u32  what the key's entry says, then the cell
 *   56  u32  pipe             60  u32  the bucket, then the key in it
 */
const HELD_MAX: u32 = 32;
const ROW_SHIFT: usize = 6;
const ROW: usize = 1 << ROW_SHIFT;
const HELD = memory.data(32 << 6, 64);
/** For each kind of cell, how many rows lead to one, and which. */
const COUNTS = memory.data(4 * 4, 16);
const ROWS = memory.data(4 * 32 * 4, 16);

let held: u32 = 0;

/** The line that was read last, with its one value, which ends at `pipe`; of a set, the member is what is there. */
@inline
export function hold(kind: i32, name: usize, nameLength: usize, nameSum: u64, pipe: usize, value: f64, isStep: bool): void {
  const row = HELD + (<usize>held << ROW_SHIFT);
  store<u64>(row, keyHash(nameSum, nameLength, tagsSum, tagsLength, kind));
  store<f64>(row, value, 8);
  store<f64>(row, rate, 16);
  store<u32>(row, <u32>name, 24);
  store<u32>(row, <u32>nameLength, 28);
  store<u32>(row, <u32>tags, 32);
  store<u32>(row, <u32>tagsLength, 36);
  store<u32>(row, kind, 40);
  store<u32>(row, isStep ? 1 : 0, 44);
  store<u32>(row, message, 48);
  store<u32>(row, <u32>pipe, 56);
  held++;
  if (held == HELD_MAX) settleLines();
}

/** Finds or binds the key of each held line and adds its value: lines of one kind in the order in which they came. */
export function settleLines(): void {
  const end = HELD + (<usize>held << ROW_SHIFT);
  held = 0;
  for (let row = HELD; row < end; row += ROW) touchBucket(row);
  for (let row = HELD; row < end; row += ROW) touchKeyAndCell(row);
  v128.store(COUNTS, i32x4.splat(0));
  const reading = message;
  for (let row = HELD; row < end; row += ROW) findCell(row);
  setMessage(reading);
  for (let at = first(COUNTER); at < last(COUNTER); at += 4) addToCounter(load<u32>(at));
  for (let at = first(GAUGE); at < last(GAUGE); at += 4) addToGauge(load<u32>(at));
  for (let at = first(SET); at < last(SET); at += 4) touchSet(load<u32>(at));
  for (let at = first(HISTOGRAM); at < last(HISTOGRAM); at += 4) touchSamples(load<u32>(load<u32>(at), 52));
  for (let at = first(SET); at < last(SET); at += 4) addToSet(load<u32>(at));
  for (let at = first(HISTOGRAM); at < last(HISTOGRAM); at += 4) addToHistogram(load<u32>(at));
}

/** A load whose value is not used: it only brings its line into the cache, and what follows need not wait for it. */
@inline
function touchBucket(row: usize): void {
  const bucket = bucketOf(load<u64>(row));
  store<u32>(row, <u32>bucket, 60);
  load<u32>(bucket);
}

/** Notes the key that has the hash; whether it is the one, its bytes will tell. */
@inline
function touchKeyAndCell(row: usize): void {
  const entry = likelyEntry(load<u32>(row, 60), load<u64>(row));
  if (entry == 0) return store<u32>(row, 0, 60);
  const key = keyOf(entry);
  const value = valueOf(entry);
  store<u32>(row, <u32>key, 60);
  store<u32>(row, value, 52);
  load<u32>(key);
  load<u8>(lastByte(key, load<u32>(row, 28), load<u32>(row, 36)));
  if ((value & DROPPED) == 0) load<u32>(record(value & ~NOTES));
}

/** Notes the cell of a row, and the row among those of its kind. */
@inline
function findCell(row: usize): void {
  setMessage(load<u32>(row, 48));
  const kind = load<u32>(row, 40);
  const cell = accept(valueFor(row, kind));
  if (cell == NO_CELL) return;
  count(SAMPLES + kind);
  store<u32>(row, cell, 52);
  const at = COUNTS + ((cell & 3) << 2);
  const n = load<u32>(at);
  store<u32>(at, n + 1);
  store<u32>(first(cell & 3) + (n << 2), <u32>row);
}

@inline
function valueFor(row: usize, kind: u32): u32 {
  const key = <usize>load<u32>(row, 60);
  const name = load<u32>(row, 24);
  const nameLength = load<u32>(row, 28);
  const tags = load<u32>(row, 32);
  const tagsLength = load<u32>(row, 36);
  if (!isKey(key, kind, name, nameLength, tags, tagsLength)) return lookUp(load<u64>(row), kind, name, nameLength, tags, tagsLength);
  markUsed(key);
  return load<u32>(row, 52);
}

@inline
function first(kind: u32): usize {
  return ROWS + (kind << 7);
}

@inline
function last(kind: u32): usize {
  return first(kind) + (load<u32>(COUNTS + (kind << 2)) << 2);
}

@inline
function addToCounter(row: usize): void {
  counterAdd(load<u32>(row, 52), load<f64>(row, 8) / usableRate(load<f64>(row, 16)), 1);
}

@inline
function addToGauge(row: usize): void {
  usableRate(load<f64>(row, 16));
  addGauge(load<u32>(row, 52), load<f64>(row, 8), load<u32>(row, 44) != 0);
}

/** The member's hash takes the place of the value. */
@inline
function touchSet(row: usize): void {
  const member = <usize>load<u32>(row, 24) + load<u32>(row, 28) + 1;
  const hash = memberHash(member, <usize>load<u32>(row, 56) - member);
  store<u64>(row, hash, 8);
  touchMember(load<u32>(row, 52), hash);
}

@inline
function addToSet(row: usize): void {
  usableRate(load<f64>(row, 16));
  setAdd(load<u32>(row, 52), load<u64>(row, 8), 1);
}

@inline
function addToHistogram(row: usize): void {
  histogramAdd(load<u32>(row, 52), load<f64>(row, 8), 1 / usableRate(load<f64>(row, 16)));
}
