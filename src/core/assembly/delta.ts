import {
  COUNTER,
  GAUGE,
  HISTOGRAM,
  NO_CELL,
  SET,
  isLive,
  isRedirected,
  newCell,
  peekDirty,
  popDirty,
  record,
  takeDirty,
} from "./cell";
import { COUNTER_ROW, counterDrain, counterMerge, counterWrite } from "./counter";
import { GAUGE_ROW, gaugeDrain, gaugeInit, gaugeMerge, gaugeWrite } from "./gauge";
import {
  histogramCopy,
  histogramCopyBytes,
  histogramDrain,
  histogramInit,
  histogramMerge,
  histogramMergedBytes,
  histogramRowBytes,
} from "./histogram";
import { follow } from "./redirect";
import { setDrain, setMerge, setMergedBytes, setRowBytes } from "./set";
import { advanceStamp, clock } from "./settings";

/**
 * A delta is what a tally has gathered since its last drain, as bytes: sections of one cell kind each,
 *
 *   u32 kind · u32 rows · rows                 rows as their kinds write them, all a multiple of 8 bytes
 *
 * Any number of deltas can be merged in any order and split.
 */
const SECTION: u32 = 8;

/** 0 at the start of a drain; then the kind that is being drained; 4 = done. */
let draining: u32 = 4;

/** Everything that is dirty now belongs to this drain. */
export function drainBegin(): void {
  if (draining != 4) return;
  for (let kind: u32 = 0; kind < 4; kind++) takeDirty(kind);
  draining = 0;
  advanceStamp();
}

/** Bytes of the next row; the buffer for `drainInto` must be larger. */
export function nextRowBytes(): u32 {
  for (let kind = draining; kind < 4; kind++) {
    let cell = peekDirty(kind);
    while (cell != NO_CELL && !hasRow(record(cell))) {
      popDirty(kind, record(cell));
      cell = peekDirty(kind);
    }
    if (cell != NO_CELL) return rowBytes(kind, record(cell)) + SECTION;
  }
  return 0;
}

/** False for a cell that was freed or reset after it became dirty. */
@inline
function hasRow(where: usize): bool {
  return load<u32>(where) != 0 && isLive(where);
}

function rowBytes(kind: u32, where: usize): u32 {
  if (kind == COUNTER) return COUNTER_ROW;
  if (kind == GAUGE) return GAUGE_ROW;
  return kind == SET ? setRowBytes(where) : histogramRowBytes(where);
}

/** Writes rows until `size` bytes are full or all are written; answers the bytes. 0 = the drain is complete. */
export function drainInto(into: usize, size: u32): u32 {
  const end = into + size;
  let out = into;
  while (draining < 4) {
    const section = out;
    let rows: u32 = 0;
    let full = section + SECTION > end;
    out += SECTION;
    while (!full) {
      const cell = peekDirty(draining);
      if (cell == NO_CELL) break;
      const where = record(cell);
      if (hasRow(where)) {
        const bytes = rowBytes(draining, where);
        if (out + bytes > end) {
          full = true;
          break;
        }
        drainRow(draining, cell, where, out);
        store<f64>(where, clock, 16);
        out += bytes;
        rows++;
      }
      popDirty(draining, where);
    }
    if (rows == 0) out = section;
    else {
      store<u32>(section, draining);
      store<u32>(section, rows, 4);
    }
    if (full) break;
    draining++;
  }
  return <u32>(out - into);
}

function drainRow(kind: u32, cell: u32, where: usize, into: usize): void {
  if (kind == COUNTER) counterDrain(cell, where, into);
  else if (kind == GAUGE) gaugeDrain(cell, where, into);
  else if (kind == SET) setDrain(cell, where, into);
  else histogramDrain(cell, where, into);
}

/** Bytes that `copyInto` writes. */
export function copyBytes(cell: u32): u32 {
  const kind = cell & 3;
  if (kind == SET) return 0;
  return SECTION + (kind == HISTOGRAM ? histogramCopyBytes(record(cell)) : rowBytes(kind, record(cell)));
}

/**
 * Writes a cell as a delta of one row and leaves it as it is. Not for sets: their members are hashed with a secret of
 * this process.
 */
export function copyInto(cell: u32, into: usize): void {
  const kind = cell & 3;
  const where = record(cell);
  store<u32>(into, kind);
  store<u32>(into, 1, 4);
  if (kind == COUNTER) counterWrite(cell, where, into + SECTION);
  else if (kind == GAUGE) gaugeWrite(cell, where, into + SECTION);
  else histogramCopy(cell, where, into + SECTION);
}

/**
 * Adds a delta. `maps` holds four pointers, one per kind, to u32 tables from their cell's index to our cell;
 * `mapSizes` their lengths. Cells beyond, or mapped to NO_CELL, are skipped. Rows that are redirected are changed in place.
 */
export function merge(at: usize, length: u32, maps: usize): void {
  const end = at + length;
  let p = at;
  while (p < end) {
    const kind = load<u32>(p);
    const rows = load<u32>(p, 4);
    const map = <usize>load<u32>(maps + (kind << 3));
    const mapLength = load<u32>(maps + (kind << 3), 4);
    p += SECTION;
    for (let i: u32 = 0; i < rows; i++) {
      const index = load<u32>(p) >> 2;
      const cell = index < mapLength ? load<u32>(map + (index << 2)) : NO_CELL;
      if (cell != NO_CELL) mergeRow(kind, cell, p);
      p += mergedBytes(kind, p);
    }
  }
}

function mergeRow(kind: u32, mapped: u32, row: usize): void {
  let cell = mapped;
  let where = record(cell);
  if (isRedirected(where)) {
    cell = follow(kind, mapped, row);
    if (cell == NO_CELL) return;
    where = record(cell);
  }
  if (kind == COUNTER) counterMerge(cell, row);
  else if (kind == GAUGE) gaugeMerge(cell, row);
  else if (kind == SET) setMerge(cell, row);
  else histogramMerge(cell, row);
  store<f64>(where, clock, 16);
}

function mergedBytes(kind: u32, row: usize): u32 {
  if (kind == COUNTER) return COUNTER_ROW;
  if (kind == GAUGE) return GAUGE_ROW;
  return kind == SET ? setMergedBytes(row) : histogramMergedBytes(row);
}

/** A new cell, as its kind starts; NO_CELL when memory is short. */
export function allocateCell(kind: u32, layout: u32): u32 {
  const cell = newCell(kind, layout, clock);
  if (cell == NO_CELL) return cell;
  if (kind == GAUGE) gaugeInit(record(cell));
  else if (kind == HISTOGRAM) histogramInit(record(cell));
  return cell;
}
