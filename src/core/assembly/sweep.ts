import { HISTOGRAM, SET, addKey, freeCell, keysOf, record } from "./cell";
import { histogramReset } from "./histogram";
import { forgotten } from "./host";
import { SERIES, idleSeconds, isStale, keyKind } from "./raw-key";
import { setReset } from "./set";
import { LIMIT_NAMES } from "./reason";
import { clock } from "./settings";
import { DROPPED, NOTES, OVERFLOW, entryOf, isUsable, keyOf, remove, slotsOf, valueOf } from "./table";
import { directoryPlaces, nextSegment, nextStaleSegment } from "./walk";

/**
 * Forgetting. A raw key that was not used for a while is removed; a series key, and with it the cell, once no raw key
 * leads to the cell any more and its numbers have been drained. Each call visits a sixteenth of the table, at least 4
 * and at most 256 segments, so that a pause stays below a millisecond.
 */
const SEGMENTS_MIN: u32 = 4;
const SEGMENTS_MAX: u32 = 256;

export function sweep(idleMs: f64, hasRoom: bool): void {
  const visits = min(SEGMENTS_MAX, max(SEGMENTS_MIN, directoryPlaces() >> 4));
  for (let i: u32 = 0; i < visits; i++) sweepSegment(nextSegment(), idleMs, hasRoom);
}

function sweepSegment(segment: usize, idleMs: f64, hasRoom: bool): void {
  for (let slot: u32 = 1; slot < slotsOf(); slot++) {
    const entry = entryOf(segment, slot);
    if (!isUsable(entry)) continue;
    const key = keyOf(entry);
    if ((keyKind(key) & SERIES) == 0) {
      const isIdle = <f64>idleSeconds(key) * 1000 > idleMs;
      if (isIdle || (hasRoom && isLimited(valueOf(entry)))) forgetKey(segment, entry);
    } else {
      forgetSeries(segment, entry, idleMs);
    }
  }
}

/**
 * Forgets raw keys that were bound under earlier rules, of at most `SEGMENTS_MAX` segments; false once there are none
 * left. Cells stay: which of them are still wanted shows when their keys are bound anew.
 */
export function forgetStale(): bool {
  for (let i: u32 = 0; i < SEGMENTS_MAX; i++) {
    const segment = nextStaleSegment();
    if (segment == 0) return false;
    for (let slot: u32 = 1; slot < slotsOf(); slot++) {
      const entry = entryOf(segment, slot);
      if (isUsable(entry) && isStale(keyOf(entry))) forgetKey(segment, entry);
    }
  }
  return true;
}

/** Bound while the series limit was reached: once there is room again, the next line with it shall ask anew. */
@inline
function isLimited(value: u32): bool {
  return (value & DROPPED) != 0 ? (value & ~DROPPED) == LIMIT_NAMES : (value & OVERFLOW) != 0;
}

function forgetKey(segment: usize, entry: usize): void {
  const value = valueOf(entry);
  if ((value & DROPPED) == 0) addKey(value & ~NOTES, -1);
  remove(segment, entry);
}

function forgetSeries(segment: usize, entry: usize, idleMs: f64): void {
  const cell = valueOf(entry);
  const where = record(cell);
  if (keysOf(where) != 0 || load<u32>(where) != 0 || clock - load<f64>(where, 16) <= idleMs) return;
  remove(segment, entry);
  releaseCell(cell);
  forgotten(cell);
}

/** Frees a cell with what its kind keeps. */
export function releaseCell(cell: u32): void {
  const where = record(cell);
  const kind = cell & 3;
  if (kind == SET) setReset(where);
  else if (kind == HISTOGRAM) histogramReset(where);
  freeCell(cell);
}
