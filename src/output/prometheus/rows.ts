import type { CellKind } from "../../model/kind.ts";
import { CELL_KINDS } from "../../model/kind.ts";
import { isAddable } from "../../model/layout.ts";
import type { Layout } from "../../model/layout.ts";
import type { Series } from "../../model/series.ts";
import { NO_CELL } from "../../core/tally.ts";
import type { Tally } from "../../core/tally.ts";
import type { Family } from "./families.ts";
import { originHash } from "./hash.ts";
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
  readonly looks: LookTable;
  readonly ledger: Ledger;
  readonly tally: Tally;
  /** Grows. */
  readonly layouts: readonly Layout[];
  readonly seriesMax: number;
}

/** Finds or makes the row of a series, within the limit. */
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
    const known = table.find(family, projection.labels);
    if (known !== undefined) return this.#sameRow(known, series);
    if (table.size < seriesMax) return this.#add(family, projection, series, createdMs);
    const overflow = table.find(family, OVERFLOW_LABELS);
    if (overflow === undefined && table.size >= seriesMax + OVERFLOW_SERIES_MAX) {
      ledger.drop("series_limit");
      return undefined;
    }
    ledger.note("series_overflowed");
    if (overflow !== undefined) return this.#sameLayout(overflow, series);
    return this.#add(family, OVERFLOW, series, createdMs);
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
