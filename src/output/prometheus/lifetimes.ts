import type { Tally } from "../../core/tally.ts";
import type { CellKind } from "../../model/kind.ts";
import type { Layout } from "../../model/layout.ts";
import type { LookTable } from "./look.ts";
import type { SeriesTable } from "./series-table.ts";
import { Graveyard, Revival, anonymous } from "./state/remains.ts";
import type { Remains } from "./state/remains.ts";
import type { StateSource } from "./state/writer.ts";
import type { ViewFamily } from "./view.ts";

/** More than this of one series is not kept after its end: a native histogram may be large. */
const REMAINS_BYTES_MAX = 16 * 1024;
/** Memory of all that is kept of series that are not on the page. */
const GRAVEYARD_BYTES_MAX = 512 * 1024 * 1024;

export interface LifetimesOptions {
  readonly tally: Tally;
  readonly table: SeriesTable;
  readonly looks: LookTable;
  /** Grows. */
  readonly layouts: readonly Layout[];
  /** Most series whose numbers are kept after they have left the page. */
  readonly remainsMax: number;
}

/**
 * What a series was before it was on the page this time: after its time to live, or before a restart. The same name, type
 * and labels go on with the numbers that they had, if these still mean the same.
 */
export class Lifetimes implements StateSource {
  readonly #options: LifetimesOptions;
  readonly #graveyard: Graveyard;
  readonly #revival: Revival;
  readonly #meanings = new Map<string, string>();
  /** The tally's clock at the beginning of the last look for changes. */
  #savedMs = -Infinity;
  #nowMs = 0;

  constructor(options: LifetimesOptions) {
    this.#options = options;
    this.#graveyard = new Graveyard(options.remainsMax, GRAVEYARD_BYTES_MAX);
    this.#revival = new Revival(options.tally);
  }

  /** The tally's clock, whenever it is set. */
  setClock(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  /** Series that may come back. */
  get size(): number {
    return this.#graveyard.size;
  }

  /** Takes over what a state file holds. */
  load(entries: Iterable<readonly [key: string, remains: Remains]>): void {
    for (const [key, remains] of entries) this.#graveyard.put(key, remains);
  }

  /** The row's series is about to leave the page. Gauges and sets are not missed: their next value is whole. */
  bury(row: number, family: ViewFamily): void {
    if (family.shape.cell !== "counter" && family.shape.cell !== "histogram") return;
    const remains = this.#remainsOf(row, family);
    if (remains.bytes.length <= REMAINS_BYTES_MAX) this.#graveyard.put(this.#keyOf(row, family), remains);
  }

  /** Lets a new row go on where its series stood, if it was there before. */
  revive(row: number, family: ViewFamily): void {
    if (this.#graveyard.size === 0) return;
    const remains = this.#graveyard.take(this.#keyOf(row, family));
    if (remains === undefined || remains.meaning !== this.#meaningOf(row, family.shape.cell)) return;
    const { table } = this.#options;
    this.#revival.revive(table.cells[row] as number, remains);
    table.createdMs[row] = remains.createdMs;
  }

  *all(): Generator<readonly [key: string, remains: Remains] | undefined, void, void> {
    this.#savedMs = this.#nowMs;
    yield* Array.from(this.#graveyard.entries());
    yield* this.#rows(-Infinity);
  }

  *changed(): Generator<readonly [key: string, remains: Remains] | undefined, void, void> {
    const sinceMs = this.#savedMs;
    this.#savedMs = this.#nowMs;
    yield* this.#rows(sinceMs);
  }

  *#rows(sinceMs: number): Generator<readonly [key: string, remains: Remains] | undefined, void, void> {
    const { table, tally } = this.#options;
    for (let row = 0; row < table.end; row += 1) {
      const family = table.families[row];
      if (family === undefined || family.shape.cell === "set") yield undefined;
      else if (tally.touchedMs(table.cells[row] as number) < sinceMs) yield undefined;
      else yield [this.#keyOf(row, family), this.#remainsOf(row, family)];
    }
  }

  #keyOf(row: number, { name, shape }: ViewFamily): string {
    return `${name} ${shape.key}${this.#options.table.labelsOf(row)}`;
  }

  #remainsOf(row: number, { shape }: ViewFamily): Remains {
    const { table, tally } = this.#options;
    const bytes = anonymous(tally.copy(table.cells[row] as number), shape.cell);
    return { bytes, meaning: this.#meaningOf(row, shape.cell), createdMs: table.createdMs[row] as number };
  }

  /** What the numbers of a row mean: thresholds and digits of a histogram, and what samples are divided and scaled by. */
  #meaningOf(row: number, kind: CellKind): string {
    const { table, looks, layouts } = this.#options;
    const layout = table.layouts[row] as number;
    const look = table.looks[row] as number;
    const short = `${kind} ${layout} ${look}`;
    const known = this.#meanings.get(short);
    if (known !== undefined) return known;
    const { divisor, scale } = looks.looks[look] ?? { divisor: 1, scale: 1 };
    // A window says only how long values are kept for quantiles, which nothing goes on with.
    const bounds = kind === "histogram" ? JSON.stringify({ ...layouts[layout], window: undefined }) : "";
    const meaning = `${kind} ${divisor} ${scale} ${bounds}`;
    this.#meanings.set(short, meaning);
    return meaning;
  }
}
