import type { Tally } from "../../core/tally.ts";
import type { Families } from "./families.ts";
import type { Family } from "./family.ts";
import type { Ledger } from "./ledger.ts";
import type { Reader } from "./reader.ts";
import type { Rows } from "./rows.ts";
import type { SeriesTable } from "./series-table.ts";

/** Rows that one step looks at: 65,536 take about 2 ms. */
const STEP_ROWS = 65_536;

export interface SweepParts {
  readonly tally: Tally;
  readonly table: SeriesTable;
  readonly families: Families;
  readonly rows: Rows;
  readonly reader: Reader;
  readonly ledger: Ledger;
}

/** Goes round all rows, some at each step: forgets those that no shard holds and that are not shown any more, and adds up what counters refused. */
export class Sweep {
  readonly #parts: SweepParts;
  #next = 0;
  /** Negative increments: of cells that are gone, and so far in this round. */
  #gone = 0;
  #round = 0;

  constructor(parts: SweepParts) {
    this.#parts = parts;
  }

  step(nowMs: number): void {
    const { table, ledger } = this.#parts;
    const end = Math.min(table.end, this.#next + STEP_ROWS);
    for (let row = this.#next; row < end; row += 1) this.#look(row, nowMs);
    this.#next = end;
    if (end < table.end) return;
    this.#next = 0;
    ledger.dropped.negative_increment = Math.max(ledger.dropped.negative_increment, this.#gone + this.#round);
    this.#round = 0;
  }

  /** A row is about to be forgotten. */
  forgetting(row: number, family: Family): void {
    this.#gone += this.#negativeOf(row, family);
  }

  #look(row: number, nowMs: number): void {
    const { table, families, rows, reader, ledger } = this.#parts;
    const family = table.families[row];
    if (family === undefined) return;
    if (table.holds[row] !== 0 || reader.isShown(row, family.shape, nowMs)) {
      this.#round += this.#negativeOf(row, family);
      return;
    }
    ledger.note("series_expired");
    rows.forget(row, family);
    if (family.size === 0) families.release(family);
  }

  #negativeOf(row: number, { shape }: Family): number {
    const { table, tally } = this.#parts;
    return shape.cell === "counter" ? -tally.counterNegative(table.cells[row] as number) : 0;
  }
}
