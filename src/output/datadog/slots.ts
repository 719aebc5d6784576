import type { Tally } from "../../core/tally.ts";
import { NO_CELL } from "../../core/tally.ts";
import type { CellKind } from "../../model/kind.ts";
import type { Series } from "../../model/series.ts";
import { assert } from "../../std/assert.ts";
import type { Form, Projected, Projection } from "./projection.ts";
import { sketchTags } from "./projection.ts";

/** What a sketch needs to know of its series. */
export type SketchIdentity = Pick<Slot, "name" | "host" | "tagsJson">;

/** A cell of this output and what it is sent as. */
export interface Slot {
  readonly cell: number;
  readonly key: string;
  readonly form: Form;
  readonly cellKind: CellKind;
  readonly name: string;
  readonly host: string;
  readonly device: string;
  /** Further ones, `type:name`. */
  readonly resources: readonly string[];
  /** The tags as a JSON array: written once, because series are sent every interval. */
  readonly tagsJson: string;
  /** What its samples are sent as a sketch of, beside what `form` says; `undefined` = they are not. */
  readonly copy: SketchIdentity | undefined;
  /** How many shards' series feed the cell. */
  holders: number;
  /** Start of the last interval with samples, in Unix seconds; -1 = none yet. */
  activeSeconds: number;
}

export interface SlotCounts {
  /** Series whose name or tags had to be cut or given valid characters. */
  altered: number;
  /** Series not shown because another kind already writes a point of that name, or because a limit (series, memory) is reached. */
  conflicts: number;
  overLimit: number;
}

/**
 * Which cell each projected series feeds. At Datadog the last point written for a name, host, tags and second wins, so
 * that one cell at most may write each: series that project equally share it, and one of another kind is refused.
 */
export class Slots {
  readonly counts: SlotCounts = { altered: 0, conflicts: 0, overLimit: 0 };
  /** Grows when something goes that a series was refused for. */
  vacancies = 0;
  readonly series: Record<CellKind, number> = { counter: 0, gauge: 0, set: 0, histogram: 0 };
  readonly #byKey = new Map<string, Slot>();
  readonly #byCell = new Map<number, Slot>();
  /** Keys of slots that others were refused for; the limit is a reason as well. */
  readonly #coveted = new Set<string>();
  #isShort = false;
  readonly #tally: Pick<Tally, "allocate" | "release">;
  readonly #projection: Projection;
  readonly #seriesMax: number;

  constructor(tally: Pick<Tally, "allocate" | "release">, projection: Projection, seriesMax: number) {
    this.#tally = tally;
    this.#projection = projection;
    this.#seriesMax = seriesMax;
  }

  /** The cell of a series, held once more; `NO_CELL` where it is not shown, which is counted. */
  bind(series: Series): number {
    const projected = this.#projection.project(series.name, series.tags, series.host, series.kind);
    const known = this.#byKey.get(projected.key);
    if (known === undefined) return this.#add(projected, series.layout);
    if (known.form !== projected.form) return this.#refuseFor([known.key]);
    known.holders++;
    return known.cell;
  }

  /** Gives a cell back; its numbers stay until they are sent. */
  unbind(cell: number): void {
    const slot = this.#byCell.get(cell);
    assert(slot !== undefined && slot.holders > 0, `cell ${cell} was given back more often than it was bound`);
    slot.holders--;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** All slots, in the order in which they came; slots may come and go meanwhile. */
  values(): IterableIterator<Slot> {
    return this.#byKey.values();
  }

  release(slot: Slot): void {
    assert(slot.holders === 0, "a cell that is still held was released");
    this.#byKey.delete(slot.key);
    this.#byCell.delete(slot.cell);
    this.series[slot.cellKind]--;
    this.#tally.release(slot.cell);
    if (!this.#coveted.delete(slot.key) && !this.#isShort) return;
    this.#isShort = false;
    this.vacancies++;
  }

  #add(projected: Projected, layout: number): number {
    const taken = this.#projection.rivals(projected).filter((key) => this.#byKey.has(key));
    if (taken.length > 0) return this.#refuseFor(taken);
    if (this.#byKey.size >= this.#seriesMax) return this.#refuseForRoom();
    const { key, form, cellKind, name, host, device, resources, copyName } = projected;
    const cell = this.#tally.allocate(cellKind, layout);
    if (cell === NO_CELL) return this.#refuseForRoom();
    const tagsJson = JSON.stringify(projected.tags);
    const copy =
      copyName === "" ? undefined : { name: copyName, host, tagsJson: JSON.stringify(sketchTags(projected)) };
    const identity = { cell, key, form, cellKind, name, host, device, resources, tagsJson, copy };
    const slot: Slot = { ...identity, holders: 1, activeSeconds: -1 };
    this.#byKey.set(key, slot);
    this.#byCell.set(cell, slot);
    this.series[cellKind]++;
    if (projected.altered) this.counts.altered++;
    return cell;
  }

  #refuseFor(taken: readonly string[]): number {
    for (const key of taken) this.#coveted.add(key);
    this.counts.conflicts++;
    return NO_CELL;
  }

  #refuseForRoom(): number {
    this.#isShort = true;
    this.counts.overLimit++;
    return NO_CELL;
  }
}
