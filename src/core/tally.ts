import { assert } from "../std/assert.ts";
import type { BatchPlace } from "../model/batch.ts";
import { CELL_KINDS, kindRow, type CellKind, type Kind } from "../model/kind.ts";
import type { Layout } from "../model/layout.ts";
import type { TallyMemory } from "../model/status.ts";
import { SLOT, readCounters, type TallyCounters } from "./counters.ts";
import { defineLayouts, initCore } from "./init.ts";
import { readMemory } from "./memory.ts";
import { instantiateCore, type CoreExports } from "./module.ts";
import { parseOddNumber } from "./number.ts";
import { INPUT_BYTES_MAX, NO_CALLBACKS, NO_CELL, type IngestCallbacks, type TallyOptions } from "./options.ts";
import { Reading } from "./reading.ts";
import { Region } from "./region.ts";
import { Source } from "./source.ts";

export { CoreMissingError } from "./module.ts";
export type { TallyCounters } from "./counters.ts";
export { INPUT_BYTES_MAX, MIXED, NO_CELL, OVERFLOW } from "./options.ts";
export type { IngestCallbacks, TallyOptions } from "./options.ts";
export type { Source } from "./source.ts";

const WORK_UNBOUNDED = 0xffff_ffff;
const SHORT_TEXT = 24;
/** Longest series key: the core keeps 16 bits. */
const SERIES_KEY_BYTES_MAX = 65_535;

/** A new, empty tally. Throws CoreMissingError where the core was not compiled. */
export function createTally(options: TallyOptions, callbacks: IngestCallbacks = NO_CALLBACKS): Tally {
  return Tally.create(options, callbacks);
}

/**
 * A tally: cells that can ingest bytes, merge another tally's delta, and be drained. The work is done by one instance
 * of the core, which owns the linear memory; this class gives it types.
 */
export class Tally extends Reading {
  readonly inputOffset: number;
  #heap: Uint8Array;
  #onForgotten: (cell: number) => void = () => undefined;
  readonly #drained: Region;
  readonly #merged: Region;
  #draining = false;
  #layouts = 0;

  static create(options: TallyOptions, callbacks: IngestCallbacks): Tally {
    const core = instantiateCore({
      bind: (kind, name, nameLength, tags, tagsLength) => callbacks.bind(kind, name, nameLength, tags, tagsLength),
      oddNumber: (offset, length) => parseOddNumber(tally.#text(offset, length)),
      special: (type, offset, length) => callbacks.special(type, offset, length),
      reject: (reason, offset, length, column) => callbacks.reject(reason, offset, length, column),
      forgotten: (cell) => tally.#onForgotten(cell),
    });
    initCore(core, options);
    const tally = new Tally(core);
    tally.addLayouts(options.layouts);
    return tally;
  }

  private constructor(core: CoreExports) {
    // 64 bytes behind the input: the line feed that ingestion borrows, and vector loads that look past it.
    const inputOffset = core.reserve(INPUT_BYTES_MAX + 64);
    super(core, core.reserve(SERIES_KEY_BYTES_MAX + 64));
    this.inputOffset = inputOffset;
    this.#heap = new Uint8Array(core.memory.buffer);
    this.#drained = new Region(core, "drain");
    this.#merged = new Region(core, "merge a delta");
  }

  /** More layouts, numbered on from those that there are. A layout must be there before the first cell that has it. */
  addLayouts(layouts: readonly Layout[]): void {
    defineLayouts(this.core, layouts, this.#layouts);
    this.#layouts += layouts.length;
  }

  /** The linear memory as bytes. Re-read after any call that may grow it: never keep it across calls. */
  get heap(): Uint8Array {
    // A buffer that has grown leaves the old view detached, with length 0.
    if (this.#heap.length === 0) this.#heap = new Uint8Array(this.core.memory.buffer);
    return this.#heap;
  }

  /** Latin-1. What is short, as numbers are, takes a tenth of the time character by character. */
  #text(offset: number, length: number): string {
    if (length > SHORT_TEXT) return Buffer.from(this.core.memory.buffer, offset, length).toString("latin1");
    const { heap } = this;
    let text = "";
    for (let at = offset; at < offset + length; at++) text += String.fromCharCode(heap[at] as number);
    return text;
  }

  // — ingest —

  /** Unix milliseconds for everything that happens until the next call. Must not go back. */
  setClock(nowMs: number): void {
    this.core.setClock(nowMs);
  }

  /**
   * Takes the lines in `length` bytes at `offset`; the byte behind them must belong to the caller too. Never throws. Stops between
   * two lines once the callbacks have had about `workMax` microseconds to do. Answers how many bytes it took.
   */
  ingest(offset: number, length: number, workMax: number = WORK_UNBOUNDED): number {
    return this.core.ingest(offset, length, workMax);
  }

  /** Memory that stays where it is for as long as the tally lives, for a kernel to write to. Answers its offset. */
  reserve(bytes: number): number {
    const offset = this.core.reserve(bytes) >>> 0;
    assert(offset !== 0, `there are ${bytes} bytes for a batch`);
    return offset;
  }

  /**
   * Takes messages `first` to `end - 1` of a batch that lies in `reserve`d memory (`core/assembly/batch.ts` says how), or
   * fewer once the callbacks have had about `workMax` microseconds to do. Answers the message to go on with; `end` when all is taken.
   */
  ingestBatch(batch: BatchPlace, first: number, end: number, workMax: number = WORK_UNBOUNDED): number {
    const { headers, slots, slotStride, nameBytes } = batch;
    return this.core.ingestBatch(headers, slots, slotStride, nameBytes, first, end, workMax);
  }

  /** The message of the batch that a callback is about. */
  get currentMessage(): number {
    return this.core.currentMessage();
  }

  /** Lines received since the tally was made. */
  get lines(): number {
    return this.core.total(SLOT.lines);
  }

  counters(): TallyCounters {
    return readCounters((slot) => this.core.total(slot));
  }

  /**
   * The cell of a series, made when it is new (`isNewCell()` then answers true); NO_CELL when memory is short. `key` is
   * any byte string that is equal exactly when two series are equal.
   */
  cellFor(kind: Kind, key: Uint8Array, layout: number): number {
    if (!this.#writeKey(key)) return NO_CELL;
    const { cell, code } = kindRow(kind);
    return this.core.cellFor(CELL_KINDS.indexOf(cell), code, this.keyOffset, key.length, layout) >>> 0;
  }

  /** Did the last `cellFor` make its cell? */
  isNewCell(): boolean {
    return this.core.isNewCell() !== 0;
  }

  /** The cell of a series that `cellFor` has made before and that was not forgotten since, or NO_CELL. Makes nothing. */
  findCell(kind: Kind, key: Uint8Array): number {
    if (!this.#writeKey(key)) return NO_CELL;
    return this.core.findCell(kindRow(kind).code, this.keyOffset, key.length) >>> 0;
  }

  #writeKey(key: Uint8Array): boolean {
    if (key.length > SERIES_KEY_BYTES_MAX) return false;
    this.heap.set(key, this.keyOffset);
    return true;
  }

  // — cells of an output —

  /** A new cell, all zero; NO_CELL when memory is short. */
  allocate(kind: CellKind, layout: number): number {
    return this.core.allocate(CELL_KINDS.indexOf(kind), layout) >>> 0;
  }

  /** Adds one sample, as of now, to a counter or a gauge. */
  addSample(cell: number, value: number): void {
    this.core.addSample(cell, value);
  }

  /** Frees a cell; its number may be given away again. Map nothing to it any more. */
  release(cell: number): void {
    this.core.releaseCell(cell);
  }

  /**
   * From now on the cell keeps nothing, and what it has is dropped: what is merged into it goes on to `target`, a cell of its kind
   * (no set), each value times `times` and divided by `by`; NO_CELL: to nobody. Counts per bound go on as they are. A value of a
   * histogram is at most twice as far off as others. A target must outlive its redirected cells; they are released like others.
   */
  redirect(cell: number, target: number, times = 1, by = 1): void {
    assert(by !== 0 && Number.isFinite(times / by), "a redirected cell has a finite factor");
    this.core.redirect(cell, target, times, by);
  }

  /** Samples that were merged into cells that lead to nobody. */
  get samplesLost(): number {
    return this.core.total(SLOT.samplesLost);
  }

  /** A way in for the deltas of one other tally. */
  source(): Source {
    return new Source(this.core, (bytes, maps) => this.#merge(bytes, maps));
  }

  #merge(bytes: Uint8Array, maps: number): void {
    this.#merged.reserve(bytes.length);
    this.heap.set(bytes, this.#merged.offset);
    this.core.merge(this.#merged.offset, bytes.length, maps);
  }

  // — drain —

  /**
   * Takes what has gathered until the first call, at most about `bytesMax` a call, and leaves zero. Answers bytes for
   * `Source.merge` that the caller owns; an empty array ends the drain, the next call begins another.
   */
  drain(bytesMax: number): Uint8Array {
    if (!this.#draining) this.core.drainBegin();
    const bytes = Math.max(bytesMax, this.core.nextRowBytes()) + 8;
    this.#drained.reserve(bytes);
    const { offset } = this.#drained;
    const length = this.core.drainInto(offset, bytes);
    this.#draining = length > 0;
    return length === 0 ? new Uint8Array(0) : this.heap.slice(offset, offset + length);
  }

  /**
   * A cell's numbers as bytes for `Source.merge` (whose map takes this cell's number), without leaving zero. Empty for a
   * set. The values of a windowed histogram are left out; its count, sum, extremes and counts per bound are not.
   */
  copy(cell: number): Uint8Array {
    const bytes = this.core.copyBytes(cell);
    if (bytes === 0) return new Uint8Array(0);
    this.#drained.reserve(bytes);
    const { offset } = this.#drained;
    this.core.copyInto(cell, offset);
    return this.heap.slice(offset, offset + bytes);
  }

  /**
   * Frees keys and cells that were not used for `idleMs`; `onForgotten` gets each freed cell. One call does a bounded
   * part of the table; sixteen calls or so go round it. With `hasRoom`, keys that were bound while the series limit was
   * reached are asked for again.
   */
  sweep(idleMs: number, onForgotten: (cell: number) => void, hasRoom = false): void {
    this.#onForgotten = onForgotten;
    this.core.sweep(idleMs, hasRoom ? 1 : 0);
  }

  /**
   * The rules behind `bind` have changed: each raw key is asked for again by its next line. Cells keep what they hold.
   * Call `forgetStale` until it answers false: what the keys took is freed then, some of it at each call.
   */
  rebind(readsOrigin: boolean): void {
    this.core.rebind(readsOrigin ? 1 : 0);
  }

  forgetStale(): boolean {
    return this.core.forgetStale() !== 0;
  }

  /** Back to zero; a gauge keeps its value, for steps to come, but `samples` is 0. */
  reset(cell: number): void {
    this.core.reset(cell);
  }

  memory(): TallyMemory {
    return readMemory(this.core);
  }
}
