import type { CellKind } from "../../model/kind.ts";
import { CELL_KINDS } from "../../model/kind.ts";
import type { Layout } from "../../model/layout.ts";
import type { Series } from "../../model/series.ts";
import { NO_CELL } from "../../core/tally.ts";
import type { Tally } from "../../core/tally.ts";
import { assert } from "../../std/assert.ts";
import type { Families } from "./families.ts";
import { epochOf } from "./family.ts";
import type { Family } from "./family.ts";
import { NOT_SENT, originHash } from "./hash.ts";
import type { Ledger } from "./ledger.ts";
import type { Lifetimes } from "./lifetimes.ts";
import type { LookTable } from "./look.ts";
import { OVERFLOW_LABELS } from "./projection.ts";
import type { Projection } from "./projection.ts";
import type { SeriesTable } from "./series-table.ts";
import { Shares } from "./shares.ts";

/** Overflow series that there may be beyond the series limit: one per name, and names are as hostile as tags. */
const OVERFLOW_SERIES_MAX = 1000;
const OVERFLOW = { labels: OVERFLOW_LABELS, spelledKeys: undefined };

export interface RowsOptions {
  /** Lets series go on where they stood when they were last on the page. */
  readonly lifetimes: Pick<Lifetimes, "revive" | "bury"> | undefined;
  readonly table: SeriesTable;
  readonly families: Families;
  readonly looks: LookTable;
  readonly ledger: Ledger;
  readonly tally: Tally;
  /** Grows. */
  readonly layouts: readonly Layout[];
  readonly seriesMax: number;
  /** Hears of each row that is about to be forgotten, while it can still be read. */
  readonly onForget: (row: number, family: Family) => void;
}

/** Cells of a row that was forgotten while shards still feed them: they lead nowhere until all have given them back. */
interface Orphans {
  readonly cells: readonly number[];
  holds: number;
}

/** Finds, makes and forgets the rows of series, within the limit. */
export class Rows {
  /** Rows alive. */
  readonly counts = Object.fromEntries(CELL_KINDS.map((kind) => [kind, 0])) as Record<CellKind, number>;
  readonly #options: RowsOptions;
  readonly #shares: Shares;
  readonly #orphans = new Map<number, Orphans>();

  constructor(options: RowsOptions) {
    this.#options = options;
    this.#shares = new Shares(options);
  }

  /**
   * The cell that a series feeds, of a row that is made when it is new (`createdMs`: since when it counts) or of the overflow row
   * when there are too many; undefined when there is none. It is held until it is given back.
   */
  cellFor(family: Family, projection: Projection, series: Series, createdMs: number): number | undefined {
    const cell = this.#cellFor(family, projection, series, createdMs);
    const row = cell === undefined ? undefined : this.#options.table.rowOfCell(cell);
    if (row !== undefined) this.#hold(row, 1);
    return cell;
  }

  giveBack(cell: number): void {
    const { table, tally } = this.#options;
    const row = table.rowOfCell(cell);
    if (row !== undefined) {
      this.#hold(row, -1);
      return;
    }
    const orphans = this.#orphans.get(cell);
    assert(orphans !== undefined, "only a cell that bind answered is given back");
    orphans.holds -= 1;
    if (orphans.holds > 0) return;
    for (const orphan of orphans.cells) {
      this.#orphans.delete(orphan);
      tally.release(orphan);
    }
  }

  /**
   * What the row has is remembered, for when its series comes back, unless it is over: another one goes on under its name. Its family
   * may be empty then.
   */
  forget(row: number, family: Family, isOver = false): void {
    const { table, tally, lifetimes, onForget } = this.#options;
    onForget(row, family);
    if (!isOver) lifetimes?.bury(row, family);
    this.counts[family.shape.cell] -= 1;
    if (table.origins[row] === NOT_SENT) family.unsent -= 1;
    const orphans = { cells: [table.cells[row] as number, ...this.#shares.of(row)], holds: table.holds[row] as number };
    this.#shares.forget(row);
    table.remove(row);
    for (const cell of orphans.cells) {
      if (orphans.holds === 0) tally.release(cell);
      else {
        tally.redirect(cell, NO_CELL);
        this.#orphans.set(cell, orphans);
      }
    }
  }

  /** Gives the names of a family back that gives way. */
  forgetAll(family: Family): void {
    const { table, families } = this.#options;
    const isRestored = family.unsent === family.size;
    for (const row of table.rowsOf(family)) this.forget(row, family, !isRestored);
    families.release(family);
  }

  #hold(row: number, times: 1 | -1): void {
    const { holds } = this.#options.table;
    assert((holds[row] as number) + times >= 0, "a row is not given back more often than it was held");
    holds[row] = (holds[row] as number) + times;
  }

  #cellFor(family: Family, projection: Projection, series: Series, createdMs: number): number | undefined {
    const { table, ledger, seriesMax } = this.#options;
    const known = this.#find(family, projection.labels, series);
    if (known !== undefined) {
      if (table.origins[known] !== originHash(series)) ledger.note("series_merged");
      return this.#cellIn(known, family, series);
    }
    if (table.size < seriesMax) return this.#add(family, projection, series, createdMs);
    const overflow = this.#find(family, OVERFLOW_LABELS, series);
    if (overflow === undefined && table.size >= seriesMax + OVERFLOW_SERIES_MAX) {
      ledger.drop("series_limit");
      return undefined;
    }
    ledger.note("series_overflowed");
    if (overflow !== undefined) return this.#cellIn(overflow, family, series);
    return this.#add(family, OVERFLOW, series, createdMs);
  }

  /** The row with these labels, if it goes on with the series; else it is forgotten, so that the series begins anew. */
  #find(family: Family, labels: string, series: Series): number | undefined {
    const { table, ledger } = this.#options;
    const row = table.find(family, labels);
    // By the same rules as the row, or by earlier ones that a shard still has, a series does not change it.
    if (row === undefined || (table.epochs[row] as number) >= epochOf(series)) return row;
    if (this.#goesOn(row, family, series)) {
      this.#renew(row, family, series);
      return row;
    }
    const isRestored = table.origins[row] === NOT_SENT;
    if (!isRestored) ledger.note("series_restarted");
    this.forget(row, family, !isRestored);
    return undefined;
  }

  #goesOn(row: number, family: Family, series: Series): boolean {
    const { table, looks } = this.#options;
    const look = looks.numberOf(series);
    if (this.#shares.cellFor(row, family.shape.cell, series.layout, look) === undefined) return false;
    // Nobody feeds a row that was restored, so it can have another window: it is made anew of what it had.
    const isSameScale = looks.inScaleOf(table.looks[row] as number, look) === look;
    return table.origins[row] !== NOT_SENT || table.layouts[row] === series.layout || !isSameScale;
  }

  /** Later rules say what the row is like; its numbers stay in their unit and scale. */
  #renew(row: number, family: Family, series: Series): void {
    const { table, looks } = this.#options;
    if (table.origins[row] === NOT_SENT) {
      table.origins[row] = originHash(series);
      family.unsent -= 1;
    }
    table.epochs[row] = epochOf(series);
    table.looks[row] = looks.inScaleOf(table.looks[row] as number, looks.numberOf(series));
  }

  /** The row's cell for the series; what cannot be added up to what the row has is refused. */
  #cellIn(row: number, family: Family, series: Series): number | undefined {
    const { ledger, looks } = this.#options;
    const cell = this.#shares.cellFor(row, family.shape.cell, series.layout, looks.numberOf(series));
    if (cell !== undefined && cell !== NO_CELL) return cell;
    ledger.drop(cell === undefined ? "layout_conflict" : "memory");
    return undefined;
  }

  #add(
    family: Family,
    { labels, spelledKeys }: Pick<Projection, "labels" | "spelledKeys">,
    series: Series,
    createdMs: number,
  ): number | undefined {
    const { table, looks, ledger, tally, lifetimes } = this.#options;
    const { layout } = series;
    const { cell: kind } = family.shape;
    const cell = tally.allocate(kind, layout);
    if (cell === NO_CELL) {
      ledger.drop("memory");
      return undefined;
    }
    this.counts[kind] += 1;
    const look = looks.numberOf(series);
    const row = table.add({ family, labels, spelledKeys, cell, layout, look, origin: originHash(series), createdMs });
    table.epochs[row] = epochOf(series);
    lifetimes?.revive(row, family);
    return cell;
  }
}
