import { NO_CELL, record } from "./cell";
import { rate, tags, tagsLength, tagsSum } from "./field";
import { keyHash } from "./hash";
import { accept } from "./key";
import { message, setMessage } from "./message";
import { SAMPLES, count } from "./stats";
import { DROPPED, NOTES, firstEntry, keyOf, valueOf } from "./table";
import { addSingle } from "./values";

/**
 * Lines that are read and wait for their cells. Where there are many series, a line's entry, its key and its cell are in
 * no cache, and to wait for one after the other costs more than everything else. So lines are held until there are 32 of
 * them; then the memory of all is asked for at once, station by station, and the processor waits for it together:
 *
 *   hold … hold ─▶ entries ─▶ keys and cells ─▶ compare the keys, add the values
 *
 * Nothing of it shows: whoever ingests settles before it answers, and a line that cannot wait (several values, several
 * pairs) settles before its own values are added, so that the values of a gauge keep their order.
 *
 *    0  u64  hash             16  f64  rate           32  u32  tags
 *    8  f64  value, or the    24  u32  name           36  u32  bytes of the tags
 *       u64  member's hash    28  u32  bytes of it    40  u32  kind · 44  u32  isStep · 48  u32  message
 */
const HELD_MAX: u32 = 32;
const ROW_SHIFT: usize = 6;
const HELD = memory.data(32 << 6, 64);

let held: u32 = 0;

/** The line that was read last, with its one value. */
@inline
export function hold(kind: i32, name: usize, nameLength: usize, nameSum: u64, value: u64, isStep: bool): void {
  const row = HELD + (<usize>held << ROW_SHIFT);
  store<u64>(row, keyHash(nameSum, nameLength, tagsSum, tagsLength, kind));
  store<u64>(row, value, 8);
  store<f64>(row, rate, 16);
  store<u32>(row, <u32>name, 24);
  store<u32>(row, <u32>nameLength, 28);
  store<u32>(row, <u32>tags, 32);
  store<u32>(row, <u32>tagsLength, 36);
  store<u32>(row, kind, 40);
  store<u32>(row, isStep ? 1 : 0, 44);
  store<u32>(row, message, 48);
  held++;
  if (held == HELD_MAX) settleLines();
}

/** Finds or binds the key of each held line and adds its value, in the order in which they came. */
export function settleLines(): void {
  const end = HELD + (<usize>held << ROW_SHIFT);
  held = 0;
  for (let row = HELD; row < end; row += 1 << ROW_SHIFT) touchEntry(load<u64>(row));
  for (let row = HELD; row < end; row += 1 << ROW_SHIFT) touchKeyAndCell(load<u64>(row), load<u32>(row, 28) + load<u32>(row, 36));
  const reading = message;
  for (let row = HELD; row < end; row += 1 << ROW_SHIFT) {
    setMessage(load<u32>(row, 48));
    take(row);
  }
  setMessage(reading);
}

/** A load whose value is not used: it only brings its line into the cache, and what follows need not wait for it. */
@inline
function touchEntry(hash: u64): void {
  load<u32>(firstEntry(hash));
}

/** A guess, as the first entry of the probe may be another's: at worst, memory is touched that nobody wanted. */
@inline
function touchKeyAndCell(hash: u64, keyBytes: u32): void {
  const entry = firstEntry(hash);
  const key = keyOf(entry);
  const value = valueOf(entry);
  load<u32>(key);
  load<u32>(key + keyBytes);
  if ((value & DROPPED) == 0) load<u32>(record(value & ~NOTES));
}

@inline
function take(row: usize): void {
  const kind = load<u32>(row, 40);
  const cell = accept(load<u64>(row), kind, load<u32>(row, 24), load<u32>(row, 28), load<u32>(row, 32), load<u32>(row, 36));
  if (cell == NO_CELL) return;
  count(SAMPLES + kind);
  addSingle(kind, cell, load<u64>(row, 8), load<f64>(row, 16), load<u32>(row, 44) != 0);
}
