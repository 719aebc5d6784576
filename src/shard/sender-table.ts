import { REJECT_REASONS } from "../model/reject.ts";

/**
 * Columns of an entry's 16 numbers. The first eight are what a datagram touches, and lie in one cache line. `missed` is how much
 * of each measure the sender may have sent before its entry was made.
 */
export const COLUMN = {
  measures: 0,
  lastSeen: 5,
  port: 6,
  firstSeen: 7,
  missed: 8,
  rejectTime: 13,
  rejectCode: 14,
} as const;
export const COLUMNS = 16;
export const MEASURE = { datagrams: 0, lines: 1, bytes: 2, rejects: 3, newSeries: 4 } as const;
const MEASURES = 5;
const REASONS = REJECT_REASONS.length;

/**
 * A bounded table of senders, by typed arrays: nothing is allocated per datagram or per sender. It keeps the senders with the most
 * datagrams, as Misra and Gries' summary does (here in Metwally's form, in which an entry knows its own error).
 *
 * It has room for twice `max` entries. When they are used up, the `max` with the fewest datagrams are dropped: those with the smallest
 * sum of what was counted and what may have been missed. Whoever is not in the table has therefore sent at most `goneMax`, which is
 * what a newcomer may have missed. What holds:
 * - up to twice `max` senders, everything is exact;
 * - counted <= true <= counted + missed, in each measure;
 * - goneMax(datagrams) <= all datagrams / max, because each drop takes from `max` entries at least what it adds to goneMax; so
 *   a sender with a larger part than 1 / max is in the table, whatever else arrives.
 * A drop costs a sort of 2 × max numbers and is paid by `max` newcomers.
 */
export class SenderTable {
  readonly max: number;
  readonly keys: Int32Array;
  readonly numbers: Float64Array;
  /** Rejects by reason code, a row of `REJECT_REASONS.length` for each entry. */
  readonly reasons: Float64Array;
  readonly lines: string[];
  /** The most that a sender without an entry may have of each measure. */
  readonly goneMax = new Float64Array(MEASURES);
  readonly #room: number;
  /** Open addressing: entry + 1, or 0 where nothing is. At most half full. */
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly #scratch: Float64Array;
  readonly #seed0: number;
  readonly #seed1: number;
  #size = 0;

  constructor(max: number, seed: bigint) {
    this.max = max;
    this.#room = 2 * max;
    this.keys = new Int32Array(4 * this.#room);
    this.numbers = new Float64Array(COLUMNS * this.#room);
    this.reasons = new Float64Array(REASONS * this.#room);
    this.lines = Array.from({ length: this.#room }, () => "");
    this.#slots = new Int32Array(1 << (33 - Math.clz32(this.#room)));
    this.#mask = this.#slots.length - 1;
    this.#scratch = new Float64Array(this.#room);
    [this.#seed0 = 0, this.#seed1 = 0] = new Int32Array(new BigUint64Array([seed]).buffer);
  }

  get size(): number {
    return this.#size;
  }

  /** The sender's entry, made when it is not there, at `seconds` (Unix). Other entries may move: indices from before are void. */
  entryOf(word0: number, word1: number, word2: number, word3: number, seconds: number): number {
    const { keys } = this;
    const slots = this.#slots;
    const mask = this.#mask;
    let slot = this.#hash(word0, word1, word2, word3);
    for (;;) {
      const entry = (slots[slot] as number) - 1;
      if (entry < 0) break;
      const at = entry * 4;
      if (keys[at + 3] === word3 && keys[at + 2] === word2 && keys[at + 1] === word1 && keys[at] === word0)
        return entry;
      slot = (slot + 1) & mask;
    }
    if (this.#size === this.#room) {
      this.#dropHalf();
      slot = this.#freeSlot(word0, word1, word2, word3);
    }
    slots[slot] = this.#size + 1;
    return this.#append(word0, word1, word2, word3, seconds);
  }

  #append(word0: number, word1: number, word2: number, word3: number, seconds: number): number {
    const { keys, numbers, reasons } = this;
    const entry = this.#size++;
    keys[entry * 4] = word0;
    keys[entry * 4 + 1] = word1;
    keys[entry * 4 + 2] = word2;
    keys[entry * 4 + 3] = word3;
    const at = entry * COLUMNS;
    for (let column = 0; column < COLUMNS; column++) numbers[at + column] = 0;
    for (let measure = 0; measure < MEASURES; measure++) {
      numbers[at + COLUMN.missed + measure] = this.goneMax[measure] as number;
    }
    numbers[at + COLUMN.firstSeen] = seconds;
    numbers[at + COLUMN.lastSeen] = seconds;
    for (let code = 0; code < REASONS; code++) reasons[entry * REASONS + code] = 0;
    this.lines[entry] = "";
    return entry;
  }

  #dropHalf(): void {
    const scratch = this.#scratch;
    for (let entry = 0; entry < this.#room; entry++) scratch[entry] = this.#most(entry, MEASURE.datagrams);
    scratch.sort();
    const limit = scratch[this.max - 1] as number;
    // Of those that are as small as the largest one that goes, only so many go that `max` stay.
    let tiesStaying = 0;
    for (let rank = this.max; rank < this.#room && scratch[rank] === limit; rank++) tiesStaying++;
    let kept = 0;
    for (let entry = 0; entry < this.#room; entry++) {
      const most = this.#most(entry, MEASURE.datagrams);
      if (most > limit || (most === limit && tiesStaying-- > 0)) this.#move(entry, kept++);
      else this.#bury(entry);
    }
    this.lines.fill("", kept);
    this.#size = kept;
    this.#slots.fill(0);
    for (let entry = 0; entry < kept; entry++) {
      const at = entry * 4;
      const { keys } = this;
      const slot = this.#freeSlot(
        keys[at] as number,
        keys[at + 1] as number,
        keys[at + 2] as number,
        keys[at + 3] as number,
      );
      this.#slots[slot] = entry + 1;
    }
  }

  /** The most that the sender of an entry may have of a measure. */
  #most(entry: number, measure: number): number {
    const at = entry * COLUMNS + measure;
    return (this.numbers[at] as number) + (this.numbers[at + COLUMN.missed] as number);
  }

  #bury(entry: number): void {
    const { goneMax } = this;
    for (let measure = 0; measure < MEASURES; measure++) {
      goneMax[measure] = Math.max(goneMax[measure] as number, this.#most(entry, measure));
    }
  }

  /** By loops: `copyWithin` on a few numbers is slower. */
  #move(from: number, to: number): void {
    if (from === to) return;
    copy(this.keys, from, to, 4);
    copy(this.numbers, from, to, COLUMNS);
    copy(this.reasons, from, to, REASONS);
    this.lines[to] = this.lines[from] as string;
  }

  #freeSlot(word0: number, word1: number, word2: number, word3: number): number {
    let slot = this.#hash(word0, word1, word2, word3);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    return slot;
  }

  /** Seeded per process: who forges addresses must not be able to choose some that fall together. */
  #hash(word0: number, word1: number, word2: number, word3: number): number {
    let hash = Math.imul(word0 ^ this.#seed0, 0x9e3779b1) + Math.imul(word1 ^ this.#seed1, 0x85ebca6b) + word2;
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35) + (word3 ^ this.#seed1);
    hash = Math.imul(hash ^ (hash >>> 16), this.#seed0 | 1);
    return (hash ^ (hash >>> 15)) & this.#mask;
  }
}

function copy(rows: Int32Array | Float64Array, from: number, to: number, width: number): void {
  for (let column = 0; column < width; column++) rows[to * width + column] = rows[from * width + column] as number;
}
