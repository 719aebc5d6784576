import { bump } from "./memory";

/**
 * Cells: fixed-size records, one slab per cell kind. A cell's number is (index << 2 | kind), so that its kind needs no
 * look-up. Slabs grow by chunks of 1,024 records that never move.
 *
 *   offset  0  u32  samples      since the last drain or reset
 *           4  u32  keys         raw keys that lead here; bit 31: the cell is live; bit 30: it is redirected (redirect.ts)
 *           8  u32  next         dirty list: number + 1 of the next cell, END, or 0 when not in the list;
 *                                while the cell is free: not touched
 *          12  u32  layout       histograms; while the cell is free: number + 1 of the next free cell
 *          16  f64  touched      Unix ms of the last drain, merge or creation
 *          24  …    what the kind keeps, see counter.ts, gauge.ts, set.ts, histogram.ts
 */
export const COUNTER: u32 = 0;
export const GAUGE: u32 = 1;
export const SET: u32 = 2;
export const HISTOGRAM: u32 = 3;

export const NO_CELL: u32 = 0xffff_ffff;
export const HEADER: usize = 24;
const LIVE: u32 = 0x8000_0000;
const REDIRECTED: u32 = 0x4000_0000;
const END: u32 = 0xffff_ffff;

const CHUNK_BITS: u32 = 10;
const CHUNK_MASK: u32 = (1 << CHUNK_BITS) - 1;
/** 16,384 chunks: 16 million cells of a kind. */
const CHUNKS_MAX: u32 = 1 << 14;

const directory = memory.data((1 << 16) * 4, 16);
/** Per kind: record bytes, records ever made, first free (+1), live, head of the dirty list, head being drained. */
const slabs = memory.data(4 * 32, 16);

@inline
function slab(kind: u32): usize {
  return slabs + (kind << 5);
}

export function slabInit(kind: u32, recordBytes: u32): void {
  store<u32>(slab(kind), recordBytes);
  store<u32>(slab(kind), END, 16);
  store<u32>(slab(kind), END, 20);
}

/** The record of a cell, when the size of its kind is known where this is called. */
@inline
export function recordAt(cell: u32, recordBytes: usize): usize {
  const chunk = load<u32>(directory + ((((cell & 3) << 14) + (cell >> 12)) << 2));
  return chunk + ((cell >> 2) & CHUNK_MASK) * <u32>recordBytes;
}

export function record(cell: u32): usize {
  return recordAt(cell, load<u32>(slab(cell & 3)));
}

/** A new live cell, zeroed but for its place in the dirty list; NO_CELL when memory is short. */
export function newCell(kind: u32, layout: u32, nowMs: f64): u32 {
  const at = slab(kind);
  const bytes = load<u32>(at);
  let cell = load<u32>(at, 8);
  let where: usize;
  if (cell != 0) {
    cell -= 1;
    where = recordAt(cell, bytes);
    store<u32>(at, load<u32>(where, 12), 8);
  } else {
    const index = load<u32>(at, 4);
    if ((index & CHUNK_MASK) == 0 && !newChunk(kind, index >> CHUNK_BITS, bytes)) return NO_CELL;
    store<u32>(at, index + 1, 4);
    cell = (index << 2) | kind;
    where = recordAt(cell, bytes);
    store<u32>(where, 0, 8);
  }
  store<u32>(where, 0);
  store<u32>(where, LIVE, 4);
  store<u32>(where, layout, 12);
  store<f64>(where, nowMs, 16);
  memory.fill(where + HEADER, 0, bytes - <u32>HEADER);
  store<u32>(at, load<u32>(at, 12) + 1, 12);
  return cell;
}

function newChunk(kind: u32, chunk: u32, bytes: u32): bool {
  if (chunk >= CHUNKS_MAX) return false;
  const at = bump(bytes << CHUNK_BITS);
  store<u32>(directory + (((kind << 14) + chunk) << 2), <u32>at);
  return at != 0;
}

/** The kind's own memory must have been freed before. */
export function freeCell(cell: u32): void {
  const at = slab(cell & 3);
  const where = record(cell);
  store<u32>(where, 0, 4);
  store<u32>(where, load<u32>(at, 8), 12);
  store<u32>(at, cell + 1, 8);
  store<u32>(at, load<u32>(at, 12) - 1, 12);
}

@inline
export function isLive(where: usize): bool {
  return (load<u32>(where, 4) & LIVE) != 0;
}

@inline
export function keysOf(where: usize): u32 {
  return load<u32>(where, 4) & ~(LIVE | REDIRECTED);
}

@inline
export function isRedirected(where: usize): bool {
  return (load<u32>(where, 4) & REDIRECTED) != 0;
}

export function markRedirected(where: usize): void {
  store<u32>(where, load<u32>(where, 4) | REDIRECTED, 4);
}

export function addKey(cell: u32, n: i32): void {
  const where = record(cell);
  store<u32>(where, load<u32>(where, 4) + n, 4);
}

/** Counts samples into a cell and sees that the next drain visits it. */
@inline
export function touch(where: usize, cell: u32, samples: u32): void {
  store<u32>(where, load<u32>(where) + samples);
  if (load<u32>(where, 8) == 0) {
    const at = slab(cell & 3);
    store<u32>(where, load<u32>(at, 16), 8);
    store<u32>(at, cell + 1, 16);
  }
}

/** From here on, `nextDirty` walks the cells that are dirty now; cells touched from now on wait for the next drain. */
export function takeDirty(kind: u32): void {
  const at = slab(kind);
  if (load<u32>(at, 20) != END) return;
  store<u32>(at, load<u32>(at, 16), 20);
  store<u32>(at, END, 16);
}

/** The next cell to drain, still in the list until `popDirty`; NO_CELL at the end. */
@inline
export function peekDirty(kind: u32): u32 {
  const head = load<u32>(slab(kind), 20);
  return head == END ? NO_CELL : head - 1;
}

@inline
export function popDirty(kind: u32, where: usize): void {
  store<u32>(slab(kind), load<u32>(where, 8), 20);
  store<u32>(where, 0, 8);
}

export function liveCells(kind: u32): u32 {
  return load<u32>(slab(kind), 12);
}
