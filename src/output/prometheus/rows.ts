import type { CellKind } from "../../model/kind.ts";
import { CELL_KINDS } from "../../model/kind.ts";
import { isAddable } from "../../model/layout.ts";
import type { Layout } from "../../model/layout.ts";
import type { Series } from "../../model/series.ts";
import { NO_CELL } from "../../core/tally.ts";
import type { Tally } from "../../core/tally.ts";
import type { Families, Family } from "./families.ts";
import { NOT_SENT, originHash } from "./hash.ts";
import type { Ledger } from "./ledger.ts";
import type { Lifetimes } from "./lifetimes.ts";
import type { LookTable } from "./look.ts";
import { OVERFLOW_LABELS } from "./projection.ts";
import type { Projection } from "./projection.ts";
import type { SeriesTable } from "./series-table.ts";

/** Overflow series that there may be beyond the series limit: one per name, and names are as hostile as tags. */
const OVERFLOW_SERIES_MAX = 1000;
const OVERFLOW = { labels: OVERFLOW_LABELS, spelledKeys: undefined };

export interface RowsOptions {
  /** Lets series go on where they stood when they were last on the page. */
  readonly lifetimes: Pick<Lifetimes, "revive"> | undefined;
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

/** Finds, makes and forgets the rows of series, within the limit. */
export class Rows {
  /** Rows alive. */
  readonly counts = Object.fromEntries(CELL_KINDS.map((kind) => [kind, 0])) as Record<CellKind, number>;
  readonly #options: RowsOptions;

  constructor(options: RowsOptions) {
    this.#options = options;
  }

  /**
   * The row of a series, made when it is new (`createdMs`: since when it counts); the overflow row when there are too many;
   * undefined when there is none.
   */
  rowFor(family: Family, projection: Projection, series: Series, createdMs: number): number | undefined {
    const { table, ledger, seriesMax } = this.#options;
    const known = this.#find(family, projection.labels, series);
    if (known !== undefined) return this.#sameRow(known, series);
    if (table.size < seriesMax) return this.#add(family, projection, series, createdMs);
    const overflow = this.#find(family, OVERFLOW_LABELS, series);
    if (overflow === undefined && table.size >= seriesMax + OVERFLOW_SERIES_MAX) {
      ledger.drop("series_limit");
      return undefined;
    }
    ledger.note("series_overflowed");
    if (overflow !== undefined) return this.#sameLayout(overflow, series);
    return this.#add(family, OVERFLOW, series, createdMs);
  }

  /** What the row has is not lost where it is remembered (`Lifetimes.bury`). Its family may be empty then. */
  forget(row: number, family: Family): void {
    const { table, tally, onForget } = this.#options;
    onForget(row, family);
    this.counts[family.shape.cell] -= 1;
    if (table.origins[row] === NOT_SENT) family.unsent -= 1;
    const cell = table.cells[row] as number;
    table.remove(row);
    tally.release(cell);
  }

  /** Gives a family's names back, with all that it has. */
  forgetAll(family: Family): void {
    const { table, families } = this.#options;
    for (const row of table.rowsOf(family)) this.forget(row, family);
    families.release(family);
  }

  /**
   * The row with these labels. One that was restored from a file stays only if it is what the series would have got now; else it
   * is forgotten, and made anew of what it had.
   */
  #find(family: Family, labels: string, series: Series): number | undefined {
    const { table, looks } = this.#options;
    const row = table.find(family, labels);
    if (row === undefined || table.origins[row] !== NOT_SENT) return row;
    if (table.layouts[row] !== series.layout || table.looks[row] !== looks.numberOf(series)) {
      this.forget(row, family);
      return undefined;
    }
    table.origins[row] = originHash(series);
    family.unsent -= 1;
    return row;
  }

  #sameRow(row: number, series: Series): number | undefined {
    const { table, ledger } = this.#options;
    if (table.origins[row] !== originHash(series)) ledger.note("series_merged");
    return this.#sameLayout(row, series);
  }

  /**
   * Cells of different layouts, units or scales cannot be added up, so the later one is refused. Where only the windows of
   * quantiles are different, that of the row stays.
   */
  #sameLayout(row: number, series: Series): number | undefined {
    const { table, looks, ledger, layouts } = this.#options;
    const known = table.layouts[row] as number;
    const isSameLayout =
      known === series.layout || isAddable(layouts[known] as Layout, layouts[series.layout] as Layout);
    const isSameScale = looks.isSameScale(table.looks[row] as number, looks.numberOf(series));
    if (isSameLayout && isSameScale) return row;
    ledger.drop("layout_conflict");
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
    lifetimes?.revive(row, family);
    return row;
  }
}
