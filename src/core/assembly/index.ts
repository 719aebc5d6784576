/**
 * The core: one instance of this module is one tally. This file is its surface; everything is behind it, in the order
 * of the way of a line: line → field, number, scan → hash, table → cell → counter, gauge, set, histogram → delta.
 */
import { COUNTER, GAUGE, HISTOGRAM, NO_CELL, SET, liveCells, record, slabInit } from "./cell";
import { COUNTER_BYTES, counterAdd, counterDown, counterReset, counterUp } from "./counter";
import { allocateCell } from "./delta";
import { GAUGE_BYTES, gaugeSet, gaugeValue } from "./gauge";
import { SECRET, checkOf, hashBytes, hashInit, hashOf, keySums } from "./hash";
import {
  HISTOGRAM_BYTES,
  histogramBounds,
  histogramCount,
  histogramMax,
  histogramMin,
  histogramReset,
  histogramSum,
} from "./histogram";
import { typesInit } from "./line";
import { alloc, bump, free, isTight, memoryInit, memoryUsed } from "./memory";
import { numberInit } from "./number";
import { readEntries } from "./quantile";
import { SERIES, beginEpoch } from "./raw-key";
import { SET_BYTES, setCardinality, setIsExact, setReset } from "./set";
import { clock, setReadsOrigin, settingsInit, stamp } from "./settings";
import { releaseCell } from "./sweep";
import { find, insert, rawKeyCount, tableInit, valueOf } from "./table";
import { beginStaleWalk } from "./walk";

export { setClock } from "./settings";
export { ingest } from "./line";
export { ingestBatch } from "./batch";
export { currentMessage } from "./message";
export { copyBytes, copyInto, drainBegin, drainInto, nextRowBytes, merge } from "./delta";
export { redirect } from "./redirect";
export { forgetStale, sweep, releaseCell } from "./sweep";
export { quantile, entriesOffset } from "./quantile";
export { total } from "./stats";
export { defineLayout } from "./layout";
export { alloc, free, memoryUsed };

export function init(
  bytesMax: u32,
  keySeed: u64,
  setSeed: u64,
  gaugeSign: i32,
  timestamps: i32,
  origin: i32,
  lineEnds: i32,
  keysMax: u32,
  keyBytesMax: u32,
  ages: u32,
  ageMs: f64,
  boundsSuffice: i32,
): void {
  memoryInit(bytesMax);
  hashInit(keySeed, setSeed);
  numberInit();
  typesInit();
  settingsInit(
    gaugeSign,
    timestamps != 0,
    origin != 0,
    lineEnds != 0,
    keysMax,
    keyBytesMax,
    ages,
    ageMs,
    boundsSuffice == 1,
    boundsSuffice == 2,
  );
  slabInit(COUNTER, <u32>COUNTER_BYTES);
  slabInit(GAUGE, <u32>GAUGE_BYTES);
  slabInit(SET, <u32>SET_BYTES);
  slabInit(HISTOGRAM, <u32>HISTOGRAM_BYTES);
  tableInit();
}

/** Memory that stays; see `memory.ts`. */
export function reserve(bytes: u32): usize {
  return bump(bytes);
}

/** Rules have changed: every raw key is asked for again. Then call `forgetStale` until it answers false. */
export function rebind(origin: i32): void {
  setReadsOrigin(origin != 0);
  beginEpoch();
  beginStaleWalk();
}

let wasNew: bool = false;

/** The cell of a series key, made when it is new; NO_CELL when memory is short. */
export function cellFor(cellKind: u32, kindCode: u32, key: usize, length: u32, layout: u32): u32 {
  wasNew = false;
  const kind = kindCode | SERIES;
  const sums = seriesSums(key, length, kind);
  const hash = hashOf(sums, kind);
  const entry = find(hash, checkOf(sums), kind);
  if (entry != 0) return valueOf(entry);
  if (isTight()) return NO_CELL;
  const cell = allocateCell(cellKind, layout);
  if (cell == NO_CELL) return cell;
  if (!insert(hash, checkOf(sums), kind, cell)) {
    releaseCell(cell);
    return NO_CELL;
  }
  wasNew = true;
  return cell;
}

/** The cell of a series key that was made before, NO_CELL when there is none. */
export function findCell(kindCode: u32, key: usize, length: u32): u32 {
  const kind = kindCode | SERIES;
  const sums = seriesSums(key, length, kind);
  const entry = find(hashOf(sums, kind), checkOf(sums), kind);
  return entry == 0 ? NO_CELL : valueOf(entry);
}

function seriesSums(key: usize, length: u32, kind: u32): v128 {
  return keySums(hashBytes(key, length, SECRET), length, i64x2.splat(0), 0, kind);
}

export function isNewCell(): bool {
  return wasNew;
}

export function allocate(cellKind: u32, layout: u32): u32 {
  return isTight() ? NO_CELL : allocateCell(cellKind, layout);
}

export function cellCount(cellKind: u32): u32 {
  return liveCells(cellKind);
}

export function keyCount(): u32 {
  return rawKeyCount();
}

export function up(cell: u32): f64 {
  return counterUp(record(cell));
}

export function down(cell: u32): f64 {
  return counterDown(record(cell));
}

export function samples(cell: u32): f64 {
  return load<u32>(record(cell));
}

export function touched(cell: u32): f64 {
  return load<f64>(record(cell), 16);
}

export function gauge(cell: u32): f64 {
  return gaugeValue(record(cell));
}

export function cardinality(cell: u32): f64 {
  return setCardinality(record(cell));
}

export function isExact(cell: u32): bool {
  return setIsExact(record(cell));
}

export function histogramOf(cell: u32, what: u32): f64 {
  const where = record(cell);
  if (what == 0) return histogramCount(where);
  if (what == 1) return histogramSum(where);
  return what == 2 ? histogramMin(where) : histogramMax(where);
}

export function entriesOf(cell: u32): u32 {
  return readEntries(record(cell));
}

export function bounds(cell: u32, into: usize, n: u32): void {
  histogramBounds(record(cell), into, n);
}

/** Adds one sample, as of now, to a counter or gauge. */
export function addSample(cell: u32, value: f64): void {
  if ((cell & 3) == COUNTER) counterAdd(cell, value, 1);
  else gaugeSet(cell, value, stamp);
  store<f64>(record(cell), clock, 16);
}

/** Back to zero; a gauge keeps its value for steps to come. */
export function reset(cell: u32): void {
  const where = record(cell);
  const kind = cell & 3;
  if (kind == COUNTER) counterReset(where);
  else if (kind == SET) setReset(where);
  else if (kind == HISTOGRAM) histogramReset(where);
  else store<u32>(where, 0);
}
