import { assert } from "../std/assert.ts";
import type { BatchPlace } from "../model/batch.ts";
import { CELL_KINDS, kindRow, type CellKind, type Kind } from "../model/kind.ts";
import type { TallyMemory } from "../model/status.ts";
import { SLOT, SLOTS, readCounters, type TallyCounters } from "./counters.ts";
import { defineLayouts, initCore } from "./init.ts";
import { readMemory } from "./memory.ts";
import { instantiateCore, type CoreExports } from "./module.ts";
import { parseOddNumber } from "./number.ts";
import { INPUT_BYTES_MAX, NO_CALLBACKS, NO_CELL, type IngestCallbacks, type TallyOptions } from "./options.ts";
import { Region } from "./region.ts";
import { Source } from "./source.ts";

export { CoreMissingError } from "./module.ts";
export type { TallyCounters } from "./counters.ts";
export { INPUT_BYTES_MAX, MIXED, NO_CELL, OVERFLOW } from "./options.ts";
export type { IngestCallbacks, TallyOptions } from "./options.ts";
export type { Source } from "./source.ts";

/** Longest series key: the core keeps 16 bits. */
const SERIES_KEY_BYTES_MAX = 65_535;

/** A new, empty tally. Throws CoreMissingError where the core was not compiled. */
export function createTally(options: TallyOptions, callbacks: IngestCallbacks = NO_CALLBACKS): Tally {
  return new Tally(options, callbacks);
}

/**
 * A tally: cells that can ingest bytes, merge another tally's delta, and be drained. The work is done by one instance
 * of the core, which owns the linear memory; this class gives it types.
 */
export class Tally {
  readonly inputOffset: number;
  readonly #core: CoreExports;
  readonly #keyOffset: number;
  readonly #statsIndex: number;
  #heap: Uint8Array;
  #numbers: Float64Array;
  #onForgotten: (cell: number) => void = () => undefined;
  readonly #drained: Region;
  readonly #merged: Region;
  #draining = false;

  constructor(options: TallyOptions, callbacks: IngestCallbacks) {
    this.#core = instantiateCore({
      bind: (kind, name, nameLength, tags, tagsLength) => callbacks.bind(kind, name, nameLength, tags, tagsLength),
      oddNumber: (offset, length) => parseOddNumber(this.#text(offset, length)),
      special: (type, offset, length) => callbacks.special(type, offset, length),
      reject: (reason, offset, length, column) => callbacks.reject(reason, offset, length, column),
      forgotten: (cell) => this.#onForgotten(cell),
    });
    initCore(this.#core, options);
    // 64 bytes behind the input: the line feed that ingestion borrows, and vector loads that look past it.
    this.inputOffset = this.#core.reserve(INPUT_BYTES_MAX + 64);
    this.#keyOffset = this.#core.reserve(SERIES_KEY_BYTES_MAX + 64);
    this.#statsIndex = this.#core.statsOffset() / 8;
    this.#heap = new Uint8Array(this.#core.memory.buffer);
    this.#numbers = new Float64Array(this.#core.memory.buffer);
    this.#drained = new Region(this.#core, "drain");
    this.#merged = new Region(this.#core, "merge a delta");
    defineLayouts(this.#core, options.layouts);
  }

  /** The linear memory as bytes. Re-read after any call that may grow it: never keep it across calls. */
  get heap(): Uint8Array {
    // A buffer that has grown leaves the old view detached, with length 0.
    if (this.#heap.length === 0) this.#heap = new Uint8Array(this.#core.memory.buffer);
    return this.#heap;
  }

  /** The linear memory as float64 numbers; the same rule. */
  get numbers(): Float64Array {
    if (this.#numbers.length === 0) this.#numbers = new Float64Array(this.#core.memory.buffer);
    return this.#numbers;
  }

  #text(offset: number, length: number): string {
    return Buffer.from(this.#core.memory.buffer, offset, length).toString("latin1");
  }

  // — ingest —

  /** Unix milliseconds for everything that happens until the next call. Must not go back. */
  setClock(nowMs: number): void {
    this.#core.setClock(nowMs);
  }

  /** Takes the lines in `length` bytes at `offset`; the byte behind them must belong to the caller too. Never throws. */
  ingest(offset: number, length: number): void {
    this.#core.ingest(offset, length);
  }

  /** Memory that stays where it is for as long as the tally lives, for a kernel to write to. Answers its offset. */
  reserve(bytes: number): number {
    const offset = this.#core.reserve(bytes) >>> 0;
    assert(offset !== 0, `there are ${bytes} bytes for a batch`);
    return offset;
  }

  /**
   * Takes messages `first` to `end - 1` of a batch that lies in `reserve`d memory (`core/assembly/batch.ts` says how), or
   * fewer when `bindsMax` new keys came up. Answers the message to go on with; `end` when all is taken.
   */
  ingestBatch(batch: BatchPlace, first: number, end: number, bindsMax: number): number {
    const { headers, slots, slotStride, nameBytes } = batch;
    return this.#core.ingestBatch(headers, slots, slotStride, nameBytes, first, end, bindsMax);
  }

  /** The message of the batch that a callback is about. */
  get currentMessage(): number {
    return this.#core.currentMessage();
  }

  /** Lines received since the tally was made. */
  get lines(): number {
    return this.numbers[this.#statsIndex + SLOT.lines] ?? 0;
  }

  counters(): TallyCounters {
    return readCounters(this.numbers.subarray(this.#statsIndex, this.#statsIndex + SLOTS));
  }

  /**
   * The cell of a series, made when it is new (`isNewCell()` then answers true); NO_CELL when memory is short. `key` is
   * any byte string that is equal exactly when two series are equal.
   */
  cellFor(kind: Kind, key: Uint8Array, layout: number): number {
    if (!this.#writeKey(key)) return NO_CELL;
    const { cell, code } = kindRow(kind);
    return this.#core.cellFor(CELL_KINDS.indexOf(cell), code, this.#keyOffset, key.length, layout) >>> 0;
  }

  /** Did the last `cellFor` make its cell? */
  isNewCell(): boolean {
    return this.#core.isNewCell() !== 0;
  }

  /** The cell of a series that `cellFor` has made before and that was not forgotten since, or NO_CELL. Makes nothing. */
  findCell(kind: Kind, key: Uint8Array): number {
    if (!this.#writeKey(key)) return NO_CELL;
    return this.#core.findCell(kindRow(kind).code, this.#keyOffset, key.length) >>> 0;
  }

  #writeKey(key: Uint8Array): boolean {
    if (key.length > SERIES_KEY_BYTES_MAX) return false;
    this.heap.set(key, this.#keyOffset);
    return true;
  }

  // — cells of an output —

  /** A new cell, all zero; NO_CELL when memory is short. */
  allocate(kind: CellKind, layout: number): number {
    return this.#core.allocate(CELL_KINDS.indexOf(kind), layout) >>> 0;
  }

  /** Adds one sample, as of now, to a counter or a gauge. */
  addSample(cell: number, value: number): void {
    this.#core.addSample(cell, value);
  }

  /** Frees a cell; its number may be given away again. Map nothing to it any more. */
  release(cell: number): void {
    this.#core.releaseCell(cell);
  }

  /** A way in for the deltas of one other tally. */
  source(): Source {
    return new Source(this.#core, (bytes, maps) => this.#merge(bytes, maps));
  }

  #merge(bytes: Uint8Array, maps: number): void {
    this.#merged.reserve(bytes.length);
    this.heap.set(bytes, this.#merged.offset);
    this.#core.merge(this.#merged.offset, bytes.length, maps);
  }

  // — drain —

  /**
   * Takes what has gathered until the first call, at most about `bytesMax` a call, and leaves zero. Answers bytes for
   * `Source.merge` that the caller owns; an empty array ends the drain, the next call begins another.
   */
  drain(bytesMax: number): Uint8Array {
    if (!this.#draining) this.#core.drainBegin();
    const bytes = Math.max(bytesMax, this.#core.nextRowBytes()) + 8;
    this.#drained.reserve(bytes);
    const { offset } = this.#drained;
    const length = this.#core.drainInto(offset, bytes);
    this.#draining = length > 0;
    return length === 0 ? new Uint8Array(0) : this.heap.slice(offset, offset + length);
  }

  /**
   * Frees keys and cells that were not used for `idleMs`; `onForgotten` gets each freed cell. One call does a bounded
   * part of the table; sixteen calls or so go round it. With `hasRoom`, keys that were bound while the series limit was
   * reached are asked for again.
   */
  sweep(idleMs: number, onForgotten: (cell: number) => void, hasRoom = false): void {
    this.#onForgotten = onForgotten;
    this.#core.sweep(idleMs, hasRoom ? 1 : 0);
  }

  // — reading —

  counterSum(cell: number): number {
    return this.#core.up(cell) + this.#core.down(cell);
  }

  /** The part of the sum that came from values ≥ 0: it never falls, which a difference of rounded sums might. */
  counterPositive(cell: number): number {
    return this.#core.up(cell);
  }

  /** The part of the sum that came from negative values (≤ 0); counterSum includes it. */
  counterNegative(cell: number): number {
    return this.#core.down(cell);
  }

  /** Samples since the cell was made or reset; whole number, not weighted. */
  samples(cell: number): number {
    return this.#core.samples(cell);
  }

  /** Unix ms of the last merge into the cell, or of its making. Granularity: one drain. */
  touchedMs(cell: number): number {
    return this.#core.touched(cell);
  }

  gauge(cell: number): number {
    return this.#core.gauge(cell);
  }

  cardinality(cell: number): number {
    return this.#core.cardinality(cell);
  }

  /** False once the set has become a HyperLogLog (standard error 0.8 %). */
  isExact(cell: number): boolean {
    return this.#core.isExact(cell) !== 0;
  }

  /** Weighted number of samples; fractional where sample rates do not divide. */
  count(cell: number): number {
    return this.#core.histogramOf(cell, 0);
  }

  sum(cell: number): number {
    return this.#core.histogramOf(cell, 1);
  }

  /** Infinity when empty; the maximum is then -Infinity. */
  min(cell: number): number {
    return this.#core.histogramOf(cell, 2);
  }

  max(cell: number): number {
    return this.#core.histogramOf(cell, 3);
  }

  /** Nearest rank; 0 ≤ q ≤ 1; NaN when empty. Windowed where the tally has ages. */
  quantile(cell: number, q: number): number {
    this.#core.entriesOf(cell);
    return this.#core.quantile(q);
  }

  /** Several quantiles of one cell for one reading, written to `into`. */
  quantiles(cell: number, qs: readonly number[], into: Float64Array): void {
    this.#core.entriesOf(cell);
    for (const [index, q] of qs.entries()) into[index] = this.#core.quantile(q);
  }

  /** Weighted counts of samples v <= thresholds[i], cumulative, written to `into` (length = thresholds.length). */
  boundCounts(cell: number, into: Float64Array): void {
    this.#core.bounds(cell, this.#keyOffset, into.length);
    const first = this.#keyOffset / 8;
    into.set(this.numbers.subarray(first, first + into.length));
  }

  /** The histogram's buckets in ascending order: [low, high) edges and weight; exact samples have low = high. */
  buckets(cell: number, visit: (low: number, high: number, weight: number) => void): void {
    const count = this.#core.entriesOf(cell);
    const first = (this.#core.entriesOffset() >>> 0) / 8;
    const { numbers } = this;
    for (let at = first; at < first + count * 3; at += 3) {
      visit(numbers[at] as number, numbers[at + 1] as number, numbers[at + 2] as number);
    }
  }

  /** Back to zero; a gauge keeps its value, for steps to come, but `samples` is 0. */
  reset(cell: number): void {
    this.#core.reset(cell);
  }

  memory(): TallyMemory {
    return readMemory(this.#core);
  }
}
