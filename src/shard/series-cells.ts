import { NO_CELL, OVERFLOW } from "../core/tally.ts";
import type { Tally } from "../core/tally.ts";
import type { Definition, Series } from "../model/series.ts";
import type { Policy } from "../policy/policy.ts";
import { BoundEpochs } from "./bound-epochs.ts";
import { OVERFLOW_SHARE, ROOM_SHARE } from "./limits.ts";
import { seriesKey } from "./series-key.ts";

export interface SeriesCellsOptions {
  readonly policy: Pick<Policy, "overflow">;
  /** The tally that the cells are in; it cannot exist before its callbacks do. */
  readonly tally: () => Pick<Tally, "cellFor" | "findCell">;
  /** Most series; a tenth as many overflow series may come on top. */
  readonly seriesMax: number;
  /** Is told of each cell that was made, or that came back by rules that were read again. */
  readonly define: (definition: Definition) => void;
}

/** The cells of a shard's series, and the limit on them. */
export class SeriesCells {
  readonly #options: SeriesCellsOptions;
  readonly #overflowMax: number;
  readonly #overflowCells = new Set<number>();
  readonly #epochs = new BoundEpochs();
  #count = 0;

  constructor(options: SeriesCellsOptions) {
    this.#options = options;
    this.#overflowMax = Math.max(1, Math.floor(options.seriesMax * OVERFLOW_SHARE));
  }

  /**
   * The cell of a series, made when it is new. Over the limit a new series shares the cell of its name's overflow series,
   * so that totals stay right, with OVERFLOW or-ed to it; NO_CELL when there is no room for that one either.
   */
  cellOf(series: Series): number {
    const key = seriesKey(series);
    const known = this.#find(series, key);
    if (known !== NO_CELL) return known;
    const cell = this.#count < this.#options.seriesMax ? this.#define(series, key) : NO_CELL;
    if (cell === NO_CELL) return this.#fold(series);
    this.#count++;
    return cell;
  }

  /** Whether series that were folded or refused should be bound anew: a tenth below the limit, so that it does not flap. */
  get hasRoom(): boolean {
    return this.#count < this.#options.seriesMax * ROOM_SHARE;
  }

  /** The tally has freed a cell. */
  forget(cell: number): void {
    if (!this.#overflowCells.delete(cell)) this.#count--;
  }

  #fold(series: Series): number {
    const overflow = this.#options.policy.overflow(series);
    const key = seriesKey(overflow);
    const known = this.#find(overflow, key);
    if (known !== NO_CELL) return known | OVERFLOW;
    const cell = this.#overflowCells.size < this.#overflowMax ? this.#define(overflow, key) : NO_CELL;
    if (cell === NO_CELL) return NO_CELL;
    this.#overflowCells.add(cell);
    return cell | OVERFLOW;
  }

  #find(series: Series, key: Uint8Array): number {
    const cell = this.#options.tally().findCell(series.kind, key);
    if (cell !== NO_CELL && this.#epochs.isReturn(cell, series.epoch ?? 0)) this.#options.define({ cell, series });
    return cell;
  }

  /** A new cell, or NO_CELL where the tally's memory is used up. */
  #define(series: Series, key: Uint8Array): number {
    const cell = this.#options.tally().cellFor(series.kind, key, series.layout);
    if (cell === NO_CELL) return cell;
    this.#options.define({ cell, series });
    this.#epochs.set(cell, series.epoch ?? 0);
    return cell;
  }
}
