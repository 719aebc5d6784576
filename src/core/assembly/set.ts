import { HEADER, recordAt, touch } from "./cell";
import { allocZeroed, free } from "./memory";

/**
 * set: users:alice|s counts distinct members. Members are 64-bit hashes: exact in an open-addressing table while there
 * are at most 1,024 of them, then a HyperLogLog of 2^14 registers of one byte (standard error 1.04 / 128 = 0.8 %).
 * The table's largest size equals the registers' size, 16 KiB.
 *
 *   24  u32  data       table or registers, 0 = none yet
 *   28  u32  members    in the table
 *   32  u32  slots      of the table, a power of two; 0 = none yet; REGISTERS = HyperLogLog
 */
export const SET_BYTES: usize = HEADER + 16;
const DATA: usize = 24;
const MEMBERS: usize = 28;
const SLOTS: usize = 32;

const EXACT_MAX: u32 = 1024;
const SLOTS_MIN: u32 = 8;
const REGISTERS: u32 = 1 << 14;
const INDEX_BITS: u64 = 14;

@inline
export function setIsExact(where: usize): bool {
  return load<u32>(where, SLOTS) != REGISTERS;
}

/** Brings the place of a member into the cache. */
@inline
export function touchMember(cell: u32, hash: u64): void {
  const where = recordAt(cell, SET_BYTES);
  const slots = load<u32>(where, SLOTS);
  const at: usize = slots == REGISTERS ? <usize>(hash >> (64 - INDEX_BITS)) : <usize>(<u32>hash & (max<u32>(slots, 1) - 1)) << 3;
  load<u8>(load<u32>(where, DATA) + <u32>at);
}

export function setAdd(cell: u32, hash: u64, samples: u32): void {
  const where = recordAt(cell, SET_BYTES);
  touch(where, cell, samples);
  addMember(where, hash);
}

function addMember(where: usize, hash: u64): void {
  if (!setIsExact(where)) return addRegister(load<u32>(where, DATA), hash);
  let slots = load<u32>(where, SLOTS);
  const members = load<u32>(where, MEMBERS);
  if (members >= slots >> 1) {
    if (slots != 0 && contains(load<u32>(where, DATA), slots, hash)) return;
    if (members >= EXACT_MAX) {
      if (promote(where)) addRegister(load<u32>(where, DATA), hash);
      return;
    }
    if (!grow(where, slots)) return;
    slots = load<u32>(where, SLOTS);
  }
  if (insert(load<u32>(where, DATA), slots, hash)) store<u32>(where, members + 1, MEMBERS);
}

/** Slot of the hash, or the empty slot where it belongs. */
@inline
function slotOf(data: usize, slots: u32, hash: u64): usize {
  let i = <u32>hash & (slots - 1);
  while (true) {
    const at = data + (i << 3);
    const there = load<u64>(at);
    if (there == hash || there == 0) return at;
    i = (i + 1) & (slots - 1);
  }
}

function contains(data: usize, slots: u32, hash: u64): bool {
  return load<u64>(slotOf(data, slots, hash)) == hash;
}

/** True when it was not there before. */
function insert(data: usize, slots: u32, hash: u64): bool {
  const at = slotOf(data, slots, hash);
  if (load<u64>(at) == hash) return false;
  store<u64>(at, hash);
  return true;
}

function grow(where: usize, slots: u32): bool {
  const more = slots == 0 ? SLOTS_MIN : slots << 1;
  const data = allocZeroed(more << 3);
  if (data == 0) return false;
  const old = load<u32>(where, DATA);
  for (let i: u32 = 0; i < slots; i++) {
    const hash = load<u64>(old + (i << 3));
    if (hash != 0) insert(data, more, hash);
  }
  if (slots != 0) free(old, slots << 3);
  store<u32>(where, <u32>data, DATA);
  store<u32>(where, more, SLOTS);
  return true;
}

function promote(where: usize): bool {
  const registers = allocZeroed(REGISTERS);
  if (registers == 0) return false;
  const slots = load<u32>(where, SLOTS);
  const old = load<u32>(where, DATA);
  for (let i: u32 = 0; i < slots; i++) {
    const hash = load<u64>(old + (i << 3));
    if (hash != 0) addRegister(registers, hash);
  }
  if (slots != 0) free(old, slots << 3);
  store<u32>(where, <u32>registers, DATA);
  store<u32>(where, 0, MEMBERS);
  store<u32>(where, REGISTERS, SLOTS);
  return true;
}

/** The first 14 bits choose the register; it keeps the longest run of leading zeros of the others, plus one. */
@inline
function addRegister(registers: usize, hash: u64): void {
  const at = registers + <usize>(hash >> (64 - INDEX_BITS));
  const run = <u8>clz<u64>((hash << INDEX_BITS) | (1 << (INDEX_BITS - 1))) + 1;
  if (run > load<u8>(at)) store<u8>(at, run);
}

export function setCardinality(where: usize): f64 {
  if (setIsExact(where)) return load<u32>(where, MEMBERS);
  return estimate(load<u32>(where, DATA));
}

/**
 * Otmar Ertl's improved raw estimator ("New cardinality estimation algorithms for HyperLogLog sketches", 2017,
 * algorithm 6): one formula over the whole range, no tables of bias.
 */
function estimate(registers: usize): f64 {
  const histogram = memory.data(64 * 4, 16);
  memory.fill(histogram, 0, 256);
  for (let i: usize = 0; i < REGISTERS; i++) {
    const at = histogram + (<usize>load<u8>(registers + i) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  const m = <f64>REGISTERS;
  const q: i32 = 64 - <i32>INDEX_BITS;
  let z = m * tau((m - <f64>load<u32>(histogram + ((q + 1) << 2))) / m);
  for (let k = q; k >= 1; k--) z = 0.5 * (z + <f64>load<u32>(histogram + (k << 2)));
  z += m * sigma(<f64>load<u32>(histogram) / m);
  const alpha: f64 = 0.7213475204444817; // 1 / (2 ln 2)
  return Math.round((alpha * m * m) / z);
}

function sigma(start: f64): f64 {
  if (start == 1) return Infinity;
  let x = start;
  let y: f64 = 1;
  let z = x;
  while (true) {
    const before = z;
    x *= x;
    z += x * y;
    y += y;
    if (z == before) return z;
  }
}

function tau(start: f64): f64 {
  if (start == 0 || start == 1) return 0;
  let x = start;
  let y: f64 = 1;
  let z: f64 = 1 - x;
  while (true) {
    const before = z;
    x = Math.sqrt(x);
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
    if (z == before) return z / 3;
  }
}

/** Bytes of the cell's row in a delta. */
export function setRowBytes(where: usize): u32 {
  return 16 + (setIsExact(where) ? load<u32>(where, MEMBERS) << 3 : REGISTERS);
}

/** Row of a delta: u32 cell, u32 samples, u32 exact, u32 n; then n hashes of 8 bytes, or 16,384 registers. */
export function setDrain(cell: u32, where: usize, into: usize): void {
  store<u32>(into, cell);
  store<u32>(into, load<u32>(where), 4);
  const data = <usize>load<u32>(where, DATA);
  if (setIsExact(where)) {
    store<u32>(into, 1, 8);
    store<u32>(into, load<u32>(where, MEMBERS), 12);
    const slots = load<u32>(where, SLOTS);
    let out = into + 16;
    for (let i: u32 = 0; i < slots; i++) {
      const hash = load<u64>(data + (i << 3));
      if (hash == 0) continue;
      store<u64>(out, hash);
      out += 8;
    }
  } else {
    store<u32>(into, 0, 8);
    store<u32>(into, REGISTERS, 12);
    memory.copy(into + 16, data, REGISTERS);
  }
  setReset(where);
}

export function setMergedBytes(row: usize): u32 {
  const n = load<u32>(row, 12);
  return 16 + (load<u32>(row, 8) == 1 ? n << 3 : n);
}

export function setMerge(cell: u32, row: usize): void {
  const where = recordAt(cell, SET_BYTES);
  touch(where, cell, load<u32>(row, 4));
  if (load<u32>(row, 8) == 1) {
    const n = load<u32>(row, 12);
    for (let i: u32 = 0; i < n; i++) addMember(where, load<u64>(row + 16 + (i << 3)));
    return;
  }
  if (setIsExact(where) && !promote(where)) return;
  const data = <usize>load<u32>(where, DATA);
  for (let i: usize = 0; i < REGISTERS; i += 16) {
    v128.store(data + i, i8x16.max_u(v128.load(data + i), v128.load(row + 16 + i)));
  }
}

export function setReset(where: usize): void {
  store<u32>(where, 0);
  const slots = load<u32>(where, SLOTS);
  if (slots != 0) free(load<u32>(where, DATA), setIsExact(where) ? slots << 3 : REGISTERS);
  store<u64>(where, 0, DATA);
  store<u32>(where, 0, SLOTS);
}
