import { assert } from "../../std/assert.ts";
import type { Family } from "./families.ts";

/** What a new row holds. */
export interface NewSeries {
  readonly family: Family;
  /** `name{labels}`, flat and unique: the line's beginning for a counter or gauge. */
  readonly text: string;
  readonly cell: number;
  readonly layout: number;
  /** Hash of the series that the row was made for, to notice when another one becomes equal to it. */
  readonly origin: number;
}

const ROWS_INITIAL = 64;

/**
 * The series on the page, as columns: there may be a million, and an object for each would cost more than its counter.
 * A row takes 50 bytes of columns, its text, and an entry in one map.
 * Rows of one family are a doubly linked list in order of birth; freed rows are used again.
 */
export class SeriesTable {
  texts: (string | undefined)[] = [];
  families: (Family | undefined)[] = [];
  cells = new Uint32Array(ROWS_INITIAL);
  /** How many shards hold the row. */
  holds = new Uint32Array(ROWS_INITIAL);
  origins = new Int32Array(ROWS_INITIAL);
  layouts = new Uint16Array(ROWS_INITIAL);
  /** Number of the row's birth; a render skips rows born after it began. Float64, because it never wraps. */
  births = new Float64Array(ROWS_INITIAL);
  #next = new Int32Array(ROWS_INITIAL);
  #previous = new Int32Array(ROWS_INITIAL);
  readonly #byText = new Map<string, number>();
  /** Row + 1 by cell, 0 = none. Cells are small numbers, given out in order and used again. */
  #byCell = new Uint32Array(ROWS_INITIAL);
  #free = -1;
  #used = 0;
  #births = 0;

  /** Rows alive. */
  get size(): number {
    return this.#byText.size;
  }

  /** Rows ever used: every live row is below it. */
  get end(): number {
    return this.#used;
  }

  /** Rows born so far. */
  get bornCount(): number {
    return this.#births;
  }

  find(text: string): number | undefined {
    return this.#byText.get(text);
  }

  rowOfCell(cell: number): number | undefined {
    const row = this.#byCell[cell] ?? 0;
    return row === 0 ? undefined : row - 1;
  }

  add(series: NewSeries): number {
    assert(!this.#byText.has(series.text), "a series has one row");
    assert(this.rowOfCell(series.cell) === undefined, "a cell has one row");
    const row = this.#take();
    this.texts[row] = series.text;
    this.families[row] = series.family;
    this.cells[row] = series.cell;
    this.holds[row] = 0;
    this.layouts[row] = series.layout;
    this.origins[row] = series.origin;
    this.births[row] = ++this.#births;
    this.#byText.set(series.text, row);
    if (series.cell >= this.#byCell.length)
      this.#byCell = grown(this.#byCell, new Uint32Array(roomFor(series.cell + 1)));
    this.#byCell[series.cell] = row + 1;
    this.#link(row, series.family);
    return row;
  }

  remove(row: number): void {
    const text = this.texts[row];
    const family = this.families[row];
    assert(text !== undefined && family !== undefined, "only a live row is removed");
    this.#byText.delete(text);
    this.#byCell[this.cells[row] as number] = 0;
    this.#unlink(row, family);
    this.texts[row] = undefined;
    this.families[row] = undefined;
    this.#next[row] = this.#free;
    this.#free = row;
  }

  /** The rows of a family in order of birth: a copy, which stays as it is while rows come and go. */
  rowsOf(family: Family): Int32Array {
    const rows = new Int32Array(family.size);
    let row = family.first;
    for (let index = 0; index < rows.length; index += 1) {
      rows[index] = row;
      row = this.#next[row] as number;
    }
    return rows;
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
    this.births = grown(this.births, new Float64Array(rows));
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

function roomFor(count: number): number {
  return count + (count >> 1);
}

function grown<Column extends { set(from: Column): void }>(column: Column, bigger: Column): Column {
  bigger.set(column);
  return bigger;
}
