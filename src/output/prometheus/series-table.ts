import { randomBytes } from "node:crypto";
import { assert } from "../../std/assert.ts";
import { grown, roomFor } from "./column.ts";
import type { Family } from "./family.ts";
import type { LabelBytes } from "./format/encoder.ts";
import { LabelSets } from "./label-sets.ts";
import { TextIndex } from "./text-index.ts";

/** What a new row holds. */
export interface NewSeries {
  readonly family: Family;
  /** `{a="1"}` or "", unique in its family. */
  readonly labels: string;
  readonly cell: number;
  readonly layout: number;
  /** Number of its look (`look.ts`). */
  readonly look: number;
  /** Hash of the series that the row was made for, to notice when another one becomes equal to it. */
  readonly origin: number;
  /** When the series began to count, in Unix milliseconds. */
  readonly createdMs: number;
  /** Keys of labels as they were sent, where they are shown otherwise. */
  readonly spelledKeys: ReadonlyMap<string, string> | undefined;
}

const ROWS_INITIAL = 64;

/**
 * The series on the page, as columns: there may be a million, and an object for each would cost more than its counter.
 * A row takes 68 bytes of columns and of the index; its labels it has in common with others (`label-sets.ts`).
 * Rows of one family are a doubly linked list in order of birth; freed rows are used again.
 */
export class SeriesTable {
  families: (Family | undefined)[] = [];
  cells = new Uint32Array(ROWS_INITIAL);
  /** How many shards hold the row. */
  holds = new Uint32Array(ROWS_INITIAL);
  origins = new Int32Array(ROWS_INITIAL);
  layouts = new Uint16Array(ROWS_INITIAL);
  looks = new Uint16Array(ROWS_INITIAL);
  /** Number of the row's birth; a render skips rows born after it began. Float64, because it never wraps. */
  births = new Float64Array(ROWS_INITIAL);
  /** Of the rules that said last what the row is like: 1 more than `Series.epoch`; 0 = those of an earlier process. */
  epochs = new Uint16Array(ROWS_INITIAL);
  createdMs = new Float64Array(ROWS_INITIAL);
  #labelSets = new Uint32Array(ROWS_INITIAL);
  #hashes = new Uint32Array(ROWS_INITIAL);
  #next = new Int32Array(ROWS_INITIAL);
  #previous = new Int32Array(ROWS_INITIAL);
  /** Few series have such keys, and none where names are not to be UTF-8. */
  readonly spelledKeys = new Map<number, ReadonlyMap<string, string>>();
  readonly #sets = new LabelSets();
  readonly #index = new TextIndex();
  /** Row + 1 by cell, 0 = none. Cells are small numbers, given out in order and used again. */
  #byCell = new Uint32Array(ROWS_INITIAL);
  #free = -1;
  #used = 0;
  #births = 0;
  /** Secret, because names and labels are chosen by strangers. */
  readonly #seed = randomBytes(8).readUInt32LE() | 1;

  /** Rows alive. */
  get size(): number {
    return this.#index.size;
  }

  /** Rows ever used: every live row is below it. */
  get end(): number {
    return this.#used;
  }

  /** Rows born so far. */
  get bornCount(): number {
    return this.#births;
  }

  /** The row of a family with these labels (`{a="1"}` or ""). */
  find(family: Family, labels: string): number | undefined {
    const set = this.#sets.find(labels);
    if (set === undefined) return undefined;
    const isIt = (row: number): boolean => this.families[row] === family && this.#labelSets[row] === set;
    const row = this.#index.find(this.#hash(family, set), this.#hashes, isIt);
    return row < 0 ? undefined : row;
  }

  rowOfCell(cell: number): number | undefined {
    const row = this.#byCell[cell] ?? 0;
    return row === 0 ? undefined : row - 1;
  }

  add(series: NewSeries): number {
    const { family, labels } = series;
    assert(this.find(family, labels) === undefined, "a series has one row");
    assert(this.rowOfCell(series.cell) === undefined, "a cell has one row");
    const row = this.#take();
    const set = this.#sets.hold(labels);
    this.families[row] = family;
    this.cells[row] = series.cell;
    this.holds[row] = 0;
    this.layouts[row] = series.layout;
    this.looks[row] = series.look;
    this.origins[row] = series.origin;
    this.births[row] = ++this.#births;
    this.epochs[row] = 0;
    this.createdMs[row] = series.createdMs;
    if (series.spelledKeys !== undefined) this.spelledKeys.set(row, series.spelledKeys);
    this.#labelSets[row] = set;
    this.#hashes[row] = this.#hash(family, set);
    this.#index.add(row, this.#hashes);
    this.adopt(row, series.cell);
    this.#link(row, family);
    return row;
  }

  /** A further cell belongs to the row, until it is disowned. */
  adopt(row: number, cell: number): void {
    if (cell >= this.#byCell.length) this.#byCell = grown(this.#byCell, new Uint32Array(roomFor(cell + 1)));
    this.#byCell[cell] = row + 1;
  }

  disown(cell: number): void {
    this.#byCell[cell] = 0;
  }

  remove(row: number): void {
    const family = this.families[row];
    assert(family !== undefined, "only a live row is removed");
    this.#index.remove(row, this.#hashes);
    this.#sets.release(this.#labelSets[row] as number);
    this.disown(this.cells[row] as number);
    this.spelledKeys.delete(row);
    this.#unlink(row, family);
    this.families[row] = undefined;
    this.#next[row] = this.#free;
    this.#free = row;
  }

  /** The labels of a row as they lie in memory, without braces; `into` is filled and valid until the row is removed. */
  readLabels(row: number, into: LabelBytes): void {
    this.#sets.read(this.#labelSets[row] as number, into);
  }

  /** `{a="1"}` or "". */
  labelsOf(row: number): string {
    return this.#sets.textOf(this.#labelSets[row] as number);
  }

  /** The rows of a family in order of birth: a copy, which stays as it is while rows come and go. */
  rowsOf(family: Family): Int32Array {
    return this.copyRows(family, new Int32Array(family.size), family.size);
  }

  /** The first `count` of them, into an array that is used again. */
  copyRows(family: Family, into: Int32Array, count: number): Int32Array {
    let row = family.first;
    for (let index = 0; index < count; index += 1) {
      into[index] = row;
      row = this.#next[row] as number;
    }
    return into;
  }

  #hash({ number }: Family, set: number): number {
    const hash = Math.imul(number ^ this.#seed, 0x9e3779b1) ^ Math.imul(set, 0x85ebca6b);
    const mixed = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
    return Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97) >>> 0;
  }

  #take(): number {
    const row = this.#free;
    if (row >= 0) {
      this.#free = this.#next[row] as number;
      return row;
    }
    if (this.#used === this.cells.length) this.#grow(roomFor(this.#used));
    return this.#used++;
  }

  #grow(rows: number): void {
    this.cells = grown(this.cells, new Uint32Array(rows));
    this.holds = grown(this.holds, new Uint32Array(rows));
    this.origins = grown(this.origins, new Int32Array(rows));
    this.layouts = grown(this.layouts, new Uint16Array(rows));
    this.looks = grown(this.looks, new Uint16Array(rows));
    this.births = grown(this.births, new Float64Array(rows));
    this.epochs = grown(this.epochs, new Uint16Array(rows));
    this.createdMs = grown(this.createdMs, new Float64Array(rows));
    this.#labelSets = grown(this.#labelSets, new Uint32Array(rows));
    this.#hashes = grown(this.#hashes, new Uint32Array(rows));
    this.#next = grown(this.#next, new Int32Array(rows));
    this.#previous = grown(this.#previous, new Int32Array(rows));
  }

  #link(row: number, family: Family): void {
    this.#next[row] = -1;
    this.#previous[row] = family.last;
    if (family.last >= 0) this.#next[family.last] = row;
    else family.first = row;
    family.last = row;
    family.size += 1;
  }

  #unlink(row: number, family: Family): void {
    const next = this.#next[row] as number;
    const previous = this.#previous[row] as number;
    if (previous >= 0) this.#next[previous] = next;
    else family.first = next;
    if (next >= 0) this.#previous[next] = previous;
    else family.last = previous;
    family.size -= 1;
  }
}
