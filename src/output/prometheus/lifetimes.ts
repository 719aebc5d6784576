import type { Tally } from "../../core/tally.ts";
import type { CellKind } from "../../model/kind.ts";
import type { Layout } from "../../model/layout.ts";
import type { Families } from "./families.ts";
import type { Family } from "./family.ts";
import type { Look, LookTable } from "./look.ts";
import { namingOf } from "./options.ts";
import type { PrometheusOptions } from "./options.ts";
import type { SeriesTable } from "./series-table.ts";
import { AboutTexts } from "./state/about.ts";
import type { About } from "./state/about.ts";
import type { StateRecord } from "./state/format.ts";
import { Graveyard, Revival, anonymous, withValues } from "./state/remains.ts";
import type { Remains } from "./state/remains.ts";
import type { StateSource } from "./state/writer.ts";
import type { ViewFamily } from "./view.ts";

/** More than this of one series is not kept after its end: a native histogram may be large. */
const REMAINS_BYTES_MAX = 16 * 1024;
/** Memory of all that is kept of series that are not on the page. */
const GRAVEYARD_BYTES_MAX = 512 * 1024 * 1024;

export interface LifetimesParts {
  readonly tally: Tally;
  readonly table: SeriesTable;
  readonly families: Families;
  readonly looks: LookTable;
  /** Grows. */
  readonly layouts: readonly Layout[];
}

/**
 * What a series was before it was on the page this time: after its time to live, or before a restart. The same name, type
 * and labels go on with the numbers that they had, if these still mean the same.
 */
export class Lifetimes implements StateSource {
  readonly #parts: LifetimesParts;
  readonly #naming: string;
  readonly #hasNative: boolean;
  readonly #graveyard: Graveyard;
  readonly #revival: Revival;
  readonly #meanings = new Map<string, string>();
  #nowMs = 0;
  /** The tally's clock at the beginning of the last look for changes, and of the last one whose finds are in the file. */
  #begunMs = -Infinity;
  #savedMs = -Infinity;

  /** `remainsMax`: most series whose numbers are kept after they have left the page. */
  constructor(parts: LifetimesParts, options: PrometheusOptions, remainsMax: number) {
    this.#parts = parts;
    this.#naming = namingOf(options);
    this.#hasNative = options.native.mode !== "off";
    this.#graveyard = new Graveyard(remainsMax, GRAVEYARD_BYTES_MAX);
    this.#revival = new Revival(parts.tally);
  }

  /** The tally's clock, whenever it is set. */
  setClock(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  /** The row's series is about to leave the page. Gauges and sets are not missed: their next value is whole. */
  bury(row: number, family: ViewFamily): void {
    const { cell } = family.shape;
    if (cell !== "counter" && cell !== "histogram") return;
    const createdMs = this.#parts.table.createdMs[row] as number;
    const remains = { bytes: this.#copy(row, cell), meaning: this.#meaningOfRow(row, cell), createdMs };
    this.remember(this.#keyOf(row, family), remains);
  }

  /** Keeps what is known of a series that is not on the page. */
  remember(key: string, remains: Remains): void {
    if (remains.bytes.length <= REMAINS_BYTES_MAX) this.#graveyard.put(key, remains);
  }

  /** Lets a new row go on where its series stood, if it was there before. */
  revive(row: number, family: ViewFamily): void {
    if (this.#graveyard.size === 0) return;
    const remains = this.#graveyard.take(this.#keyOf(row, family));
    if (remains?.meaning === this.#meaningOfRow(row, family.shape.cell)) this.goOn(row, remains);
  }

  /** Puts numbers that mean the same there into a new row. */
  goOn(row: number, { bytes, createdMs }: Pick<Remains, "bytes" | "createdMs">): void {
    const { table } = this.#parts;
    this.#revival.revive(table.cells[row] as number, bytes);
    table.createdMs[row] = createdMs;
  }

  *all(): Generator<StateRecord | undefined, void, void> {
    this.#begunMs = this.#nowMs;
    for (const [key, { bytes, meaning, createdMs }] of Array.from(this.#graveyard.entries())) {
      yield { key, bytes, createdMs, touchedMs: 0, about: JSON.stringify({ meaning } satisfies About) };
    }
    yield* this.#changedSince(-Infinity);
  }

  *changed(): Generator<StateRecord | undefined, void, void> {
    const sinceMs = this.#begunMs;
    this.#begunMs = this.#nowMs;
    yield* this.#changedSince(sinceMs);
  }

  *of(rows: Iterable<number>): Generator<StateRecord | undefined, void, void> {
    const abouts = new AboutTexts(this.#naming);
    for (const row of rows) {
      const family = this.#parts.table.families[row];
      yield family && this.#recordOf(row, family, abouts);
    }
  }

  begun(): void {
    this.#begunMs = this.#nowMs;
    this.#savedMs = this.#nowMs;
  }

  saved(): void {
    this.#savedMs = this.#begunMs;
  }

  /** False for a row whose numbers of now are not in the file, as far as the clock of the tally tells. */
  isSaved(row: number): boolean {
    const { table, tally } = this.#parts;
    return tally.touchedMs(table.cells[row] as number) < this.#savedMs || table.families[row]?.shape.cell === "set";
  }

  /** By family, because records of one family tell alike what they are about. */
  *#changedSince(sinceMs: number): Generator<StateRecord | undefined, void, void> {
    const { families, table, tally } = this.#parts;
    const { made } = families;
    const abouts = new AboutTexts(this.#naming);
    for (const family of families.values()) {
      if (family.number > made) return;
      if (family.shape.cell === "set") continue;
      for (const row of table.rowsOf(family)) {
        const isChanged = table.families[row] === family && tally.touchedMs(table.cells[row] as number) >= sinceMs;
        yield isChanged ? this.#recordOf(row, family, abouts) : undefined;
      }
    }
  }

  #keyOf(row: number, { name, shape }: ViewFamily): string {
    return `${name} ${shape.key}${this.#parts.table.labelsOf(row)}`;
  }

  #copy(row: number, kind: CellKind): Uint8Array {
    const { table, tally } = this.#parts;
    const cell = table.cells[row] as number;
    const copy = anonymous(tally.copy(cell), kind);
    return this.#keepsValues(kind, table.layouts[row] as number) ? withValues(copy, tally, cell) : copy;
  }

  /** Native histograms are made of all values that came; of the others, quantiles begin anew. */
  #keepsValues(kind: CellKind, layout: number): boolean {
    return this.#hasNative && kind === "histogram" && this.#parts.layouts[layout]?.bounds.length !== 0;
  }

  #recordOf(row: number, family: Family, abouts: AboutTexts): StateRecord | undefined {
    const { table, tally, looks, layouts } = this.#parts;
    const { cell } = family.shape;
    if (cell === "set") return undefined;
    const look = looks.looks[table.looks[row] as number] as Look;
    const layout = cell === "histogram" ? layouts[table.layouts[row] as number] : undefined;
    return {
      key: this.#keyOf(row, family),
      bytes: this.#copy(row, cell),
      createdMs: table.createdMs[row] as number,
      touchedMs: tally.touchedMs(table.cells[row] as number),
      about: abouts.of(this.#meaningOfRow(row, cell), family, look, layout, table.spelledKeys.get(row)),
    };
  }

  #meaningOfRow(row: number, kind: CellKind): string {
    const { table } = this.#parts;
    return this.meaningOf(kind, table.layouts[row] as number, table.looks[row] as number);
  }

  /** What numbers mean: thresholds and digits of a histogram, and what samples are divided and scaled by. */
  meaningOf(kind: CellKind, layout: number, look: number): string {
    const { looks, layouts } = this.#parts;
    const short = `${kind} ${layout} ${look}`;
    const known = this.#meanings.get(short);
    if (known !== undefined) return known;
    const { divisor, scale } = looks.looks[look] ?? { divisor: 1, scale: 1 };
    // A window says only how long values are kept for quantiles, which nothing goes on with.
    const bounds = kind === "histogram" ? JSON.stringify({ ...layouts[layout], window: undefined }) : "";
    // Where values are kept, those of a time when none were would be missing.
    const values = this.#keepsValues(kind, layout) ? " values" : "";
    const meaning = `${kind} ${divisor} ${scale} ${bounds}${values}`;
    this.#meanings.set(short, meaning);
    return meaning;
  }
}
