import type { Tally } from "../../core/tally.ts";
import { NO_CELL } from "../../core/tally.ts";
import { kindRow } from "../../model/kind.ts";
import type { Series } from "../../model/series.ts";
import { assert } from "../../std/assert.ts";
import { createSelection } from "./selection.ts";
import { tagOf } from "./tag.ts";

/** A series of the log. */
export interface Slot {
  readonly cell: number;
  readonly tag: string;
  /** How many shards' series feed it. */
  holders: number;
}

export interface Refusals {
  series_limit: number;
  memory: number;
}

/**
 * Which cell each selected series feeds; series of the same tag share one. Their layouts need not be equal: without bounds they
 * differ in nothing here, and rules that are read again may give a series another one.
 */
export class Slots {
  readonly refused: Refusals = { series_limit: 0, memory: 0 };
  readonly #tally: Tally;
  readonly #seriesMax: number;
  readonly #isSelected: (name: string) => boolean;
  readonly #byTag = new Map<string, Slot>();
  readonly #byCell = new Map<number, Slot>();

  constructor(tally: Tally, patterns: readonly string[], seriesMax: number) {
    this.#tally = tally;
    this.#seriesMax = seriesMax;
    this.#isSelected = createSelection(patterns);
  }

  get size(): number {
    return this.#byTag.size;
  }

  /** In order of birth. */
  values(): IterableIterator<Slot> {
    return this.#byTag.values();
  }

  bind(series: Series): number {
    if (kindRow(series.kind).cell !== "histogram" || !this.#isSelected(series.name)) return NO_CELL;
    const tag = tagOf(series);
    const slot = this.#byTag.get(tag) ?? this.#add(tag, series.layout);
    if (slot === undefined) return NO_CELL;
    slot.holders++;
    return slot.cell;
  }

  unbind(cell: number): void {
    const slot = this.#byCell.get(cell);
    assert(slot !== undefined && slot.holders > 0, "only a cell that bind answered is given back");
    slot.holders--;
  }

  /** Forgets a series that no shard feeds any more. */
  remove({ cell, tag }: Slot): void {
    this.#byTag.delete(tag);
    this.#byCell.delete(cell);
    this.#tally.release(cell);
  }

  #add(tag: string, layout: number): Slot | undefined {
    if (this.#byTag.size >= this.#seriesMax) return void this.#refuse("series_limit");
    const cell = this.#tally.allocate("histogram", layout);
    if (cell === NO_CELL) return void this.#refuse("memory");
    const slot = { cell, tag, holders: 0 };
    this.#byTag.set(tag, slot);
    this.#byCell.set(cell, slot);
    return slot;
  }

  #refuse(reason: keyof Refusals): number {
    this.refused[reason]++;
    return NO_CELL;
  }
}
