import type { CellKind } from "../../model/kind.ts";
import { haveSameBounds } from "../../model/layout.ts";
import type { Layout } from "../../model/layout.ts";
import { NO_CELL } from "../../core/tally.ts";
import type { Tally } from "../../core/tally.ts";
import type { Look, LookTable } from "./look.ts";
import type { SeriesTable } from "./series-table.ts";

/** A cell that passes on to the cell of a row what comes in another unit, or with another scale. */
interface Share extends Pick<Look, "divisor" | "scale"> {
  readonly cell: number;
}

export interface SharesParts {
  readonly tally: Tally;
  readonly table: SeriesTable;
  readonly looks: LookTable;
  /** Grows. */
  readonly layouts: readonly Layout[];
}

/** Units and scales of one row: two units, and rules or readings of rules of which each scales otherwise. */
const SHARES_MAX = 16;
const NONE: readonly Share[] = [];

/**
 * Which cell of a row samples go to. A row has one cell, whose numbers are in one unit; of another unit or scale (`a:5|ms` and
 * `a:5|h` under one name) they go to a cell beside it, which turns them into that unit as they pass.
 */
export class Shares {
  readonly #parts: SharesParts;
  readonly #byRow = new Map<number, Share[]>();

  constructor(parts: SharesParts) {
    this.#parts = parts;
  }

  /**
   * The cell for samples of a layout and look, made when it is the first of its unit and scale; NO_CELL where there is no memory
   * for it. Undefined: they cannot be added up, because bounds are others, or no factor leads from one scale to the other.
   */
  cellFor(row: number, kind: CellKind, layout: number, look: number): number | undefined {
    const { table, looks, layouts } = this.#parts;
    const known = table.layouts[row] as number;
    const isOne = known === layout || haveSameBounds(layouts[known] as Layout, layouts[layout] as Layout);
    if (!isOne) return undefined;
    const main = looks.looks[table.looks[row] as number] as Look;
    const other = looks.looks[look] as Look;
    if (isSameScale(main, other)) return table.cells[row];
    const share = this.#of(row).find((candidate) => isSameScale(candidate, other));
    return share === undefined ? this.#add(row, kind, main, other) : share.cell;
  }

  /** The cells of a row that pass on to its own. */
  of(row: number): readonly number[] {
    return this.#of(row).map(({ cell }) => cell);
  }

  /** The row is about to be removed. */
  forget(row: number): void {
    for (const { cell } of this.#of(row)) this.#parts.table.disown(cell);
    this.#byRow.delete(row);
  }

  #of(row: number): readonly Share[] {
    return this.#byRow.size === 0 ? NONE : (this.#byRow.get(row) ?? NONE);
  }

  #add(row: number, kind: CellKind, main: Look, { divisor, scale }: Look): number | undefined {
    const { tally, table } = this.#parts;
    const shares = this.#byRow.get(row) ?? [];
    const [times, by] = [scale * main.divisor, divisor * main.scale];
    // Members of a set are no numbers, and of a scale of 0 (or of one that is almost 0) nothing is left to be turned into.
    const isFactor = [times, by, times / by].every(Number.isFinite);
    if (kind === "set" || !isFactor || shares.length >= SHARES_MAX) return undefined;
    const cell = tally.allocate(kind, table.layouts[row] as number);
    if (cell === NO_CELL) return NO_CELL;
    tally.redirect(cell, table.cells[row] as number, times, by);
    table.adopt(row, cell);
    this.#byRow.set(row, [...shares, { cell, divisor, scale }]);
    return cell;
  }
}

function isSameScale(left: Pick<Look, "divisor" | "scale">, right: Pick<Look, "divisor" | "scale">): boolean {
  return left.divisor === right.divisor && left.scale === right.scale;
}
