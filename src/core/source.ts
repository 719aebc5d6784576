import { CELL_KINDS } from "../model/kind.ts";
import type { CoreExports } from "./module.ts";
import { NO_CELL } from "./options.ts";

/** First size of a map, in cells of one kind. */
const CELLS_FIRST = 256;
/** A cell's number is (index << 2 | kind). */
const KIND_BITS = 2;
const KIND_MASK = 3;

/**
 * One tally's way into another: which of its cells feed which of ours. The maps lie in the core's memory, a table of
 * u32 per cell kind, so that merging a row costs one load; here, per kind, their offset and length.
 */
export class Source {
  readonly #core: CoreExports;
  readonly #mergeBytes: (bytes: Uint8Array, maps: number) => void;
  /** Four pairs (offset, cells) that the core reads. */
  readonly #maps: number;
  #words: Uint32Array;

  constructor(core: CoreExports, mergeBytes: (bytes: Uint8Array, maps: number) => void) {
    this.#core = core;
    this.#mergeBytes = mergeBytes;
    this.#maps = core.alloc(CELL_KINDS.length * 8) >>> 0;
    if (this.#maps === 0) throw new Error("no memory for another source of deltas");
    this.#words = new Uint32Array(core.memory.buffer);
    this.#words.fill(0, this.#maps / 4, this.#maps / 4 + CELL_KINDS.length * 2);
  }

  #fresh(): Uint32Array {
    if (this.#words.length === 0) this.#words = new Uint32Array(this.#core.memory.buffer);
    return this.#words;
  }

  /** From now on `theirs` feeds `ours` (NO_CELL: nothing). */
  map(theirs: number, ours: number): void {
    const index = theirs >>> KIND_BITS;
    const pair = this.#maps / 4 + (theirs & KIND_MASK) * 2;
    if (index >= (this.#fresh()[pair + 1] as number)) {
      if (ours === NO_CELL) return;
      this.#grow(pair, index);
    }
    const words = this.#fresh();
    words[(words[pair] as number) / 4 + index] = ours;
  }

  #grow(pair: number, index: number): void {
    const before = this.#fresh()[pair + 1] as number;
    let cells = Math.max(before, CELLS_FIRST);
    while (cells <= index) cells *= 2;
    const offset = this.#core.alloc(cells * 4) >>> 0;
    if (offset === 0) throw new Error(`no memory to map ${cells} cells of a source`);
    const words = this.#fresh();
    const old = words[pair] as number;
    words.fill(NO_CELL, offset / 4, offset / 4 + cells);
    words.copyWithin(offset / 4, old / 4, old / 4 + before);
    if (before > 0) this.#core.free(old, before * 4);
    words[pair] = offset;
    words[pair + 1] = cells;
  }

  /** What `theirs` feeds, NO_CELL if nothing. */
  mapped(theirs: number): number {
    const index = theirs >>> KIND_BITS;
    const words = this.#fresh();
    const pair = this.#maps / 4 + (theirs & KIND_MASK) * 2;
    if (index >= (words[pair + 1] as number)) return NO_CELL;
    return words[(words[pair] as number) / 4 + index] as number;
  }

  /** Visits every cell of ours that something feeds; `visit` must not map anything. */
  forEachMapped(visit: (ours: number) => void): void {
    for (let kind = 0; kind < CELL_KINDS.length; kind++) {
      const pair = this.#maps / 4 + kind * 2;
      const cells = this.#fresh()[pair + 1] as number;
      for (let index = 0; index < cells; index++) {
        // Read anew each time: what is visited may make the memory grow.
        const words = this.#fresh();
        const ours = words[(words[pair] as number) / 4 + index] as number;
        if (ours !== NO_CELL) visit(ours);
      }
    }
  }

  /** Adds a delta. Commutative; cells without a mapping are skipped. The bytes are not kept. */
  merge(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#mergeBytes(bytes, this.#maps);
  }

  /** Gives the maps back. The source must not be used afterwards. */
  close(): void {
    const words = this.#fresh();
    for (let kind = 0; kind < CELL_KINDS.length; kind++) {
      const pair = this.#maps / 4 + kind * 2;
      const cells = words[pair + 1] as number;
      if (cells > 0) this.#core.free(words[pair] as number, cells * 4);
    }
    this.#core.free(this.#maps, CELL_KINDS.length * 8);
  }
}
