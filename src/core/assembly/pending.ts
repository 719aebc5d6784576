import { COUNTER, GAUGE, HISTOGRAM, NO_CELL, SET, record } from "./cell";
import { counterAdd } from "./counter";
import { rate, tags, tagsLength, tagsSums } from "./field";
import { checkOf, hashOf, keySums, memberHash } from "./hash";
import { histogramAdd, touchSamples } from "./histogram";
import { accept, lookUp } from "./key";
import { message, setMessage } from "./message";
import { isKey, markUsed } from "./raw-key";
import { nameSums } from "./scan";
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
 *    0  u64  hash             32  u32  name           48  u32  message
 *    8  u64  check            36  u32  tags           52  u32  what the key's entry says, then the cell
 *   16  f64  value            40  u16  bytes of both  56  u32  pipe
 *   24  f64  rate             44  u8   kind, isStep   60  u32  the bucket, then the key in it
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
export function hold(kind: i32, name: usize, nameLength: usize, pipe: usize, value: f64, isStep: bool): void {
  const row = HELD + (<usize>held << ROW_SHIFT);
  const sums = keySums(nameSums, nameLength, tagsSums, tagsLength, kind);
  store<u64>(row, hashOf(sums, kind));
  store<u64>(row, checkOf(sums), 8);
  store<f64>(row, value, 16);
  store<f64>(row, rate, 24);
  store<u32>(row, <u32>name, 32);
  store<u32>(row, <u32>tags, 36);
  store<u32>(row, <u32>nameLength | (<u32>tagsLength << 16), 40);
  store<u32>(row, kind | (isStep ? 0x100 : 0), 44);
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

/** Notes the key that has the hash; whether it is the one, its check will tell. */
@inline
function touchKeyAndCell(row: usize): void {
  const entry = likelyEntry(load<u32>(row, 60), load<u64>(row));
  if (entry == 0) return store<u32>(row, 0, 60);
  const key = keyOf(entry);
  const value = valueOf(entry);
  store<u32>(row, <u32>key, 60);
  store<u32>(row, value, 52);
  load<u32>(key);
  if ((value & DROPPED) == 0) load<u32>(record(value & ~NOTES));
}

/** Notes the cell of a row, and the row among those of its kind. */
@inline
function findCell(row: usize): void {
  setMessage(load<u32>(row, 48));
  const kind = <u32>load<u8>(row, 44);
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
  const check = load<u64>(row, 8);
  if (!isKey(key, check, kind)) return lookUpHeld(row, check, kind);
  markUsed(key);
  return load<u32>(row, 52);
}

function lookUpHeld(row: usize, check: u64, kind: u32): u32 {
  return lookUp(load<u64>(row), check, kind, load<u32>(row, 32), load<u16>(row, 40), load<u32>(row, 36), load<u16>(row, 42));
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
  counterAdd(load<u32>(row, 52), load<f64>(row, 16) / usableRate(load<f64>(row, 24)), 1);
}

@inline
function addToGauge(row: usize): void {
  usableRate(load<f64>(row, 24));
  addGauge(load<u32>(row, 52), load<f64>(row, 16), load<u8>(row, 45) != 0);
}

/** The member's hash takes the place of the value. */
@inline
function touchSet(row: usize): void {
  const member = <usize>load<u32>(row, 32) + load<u16>(row, 40) + 1;
  const hash = memberHash(member, <usize>load<u32>(row, 56) - member);
  store<u64>(row, hash, 16);
  touchMember(load<u32>(row, 52), hash);
}

@inline
function addToSet(row: usize): void {
  usableRate(load<f64>(row, 24));
  setAdd(load<u32>(row, 52), load<u64>(row, 16), 1);
}

@inline
function addToHistogram(row: usize): void {
  histogramAdd(load<u32>(row, 52), load<f64>(row, 16), 1 / usableRate(load<f64>(row, 24)));
}
