import type { Families } from "./families.ts";
import type { Family } from "./family.ts";
import { viewOf } from "./family-writer.ts";
import type { SeriesSource } from "./family-writer.ts";
import type { Encoder, LabelBytes, SeriesFacts } from "./format/encoder.ts";
import { lastSeenHead } from "./last-seen.ts";
import type { Look } from "./look.ts";
import type { Reader } from "./reader.ts";
import type { SeriesTable } from "./series-table.ts";
import type { Shape } from "./shape.ts";
import type { Journal } from "./state/state.ts";

/** A family as others may see it. */
export interface ViewFamily {
  readonly name: string;
  readonly shape: Shape;
  /** What a rule said; undefined = as the shape says. */
  readonly help?: string | undefined;
  /** Each of its series has another one beside it that tells when it was last updated. */
  readonly hasLastSeen?: boolean;
}

/**
 * The projection as a second delivery reads it: the families and rows that a page would show, to be written by an encoder
 * of its own. Rows and families may come and go between two calls.
 */
export interface ProjectionView {
  /** Births so far; rows born later have higher numbers. */
  readonly bornCount: number;
  /** All families: a copy. */
  families(): readonly ViewFamily[];
  /** A copy. */
  rowsOf(family: ViewFamily): Int32Array;
  /** The number of a row's birth; 0 where the row does not belong to the family (any more). */
  birthOf(row: number, family: ViewFamily): number;
  /** False after the time to live. */
  isShown(row: number, family: ViewFamily, nowMs: number): boolean;
  /**
   * Announces the family to the encoder and writes the row, then the family and the series beside it, if there is one.
   * `native` = a histogram in exponential buckets alone.
   */
  write(encoder: Encoder, row: number, family: ViewFamily, nowMs: number, native: boolean): void;
  /** To be waited for before rows are written: all numbers of now must outlive a crash. Undefined = nothing to wait for, ever. */
  settle(): Promise<void> | undefined;
  /** To be waited for before what was written leaves the process: numbers may have gone on since. Undefined = nothing to wait for. */
  settleWritten(): Promise<void> | undefined;
  /** Hears of every row that is about to be forgotten, while it can still be read. */
  onForget(listener: (row: number, family: ViewFamily) => void): void;
}

/** The same, for those who look at single rows. */
export interface ListedView extends ProjectionView {
  /** The family of a live row. */
  familyOf(row: number): ViewFamily | undefined;
  /** The cell of a live row. */
  cellOf(row: number): number;
  /** How the numbers of a live row's cell are shown. */
  lookOf(row: number): Look;
  /** The window of a live row's quantiles where a rule says another than is configured. */
  ownWindowMsOf(row: number): number | undefined;
  /** The labels of a live row as the page has them; valid until the row is removed. */
  readLabels(row: number, into: LabelBytes): void;
}

export interface RowViewOptions {
  /** As for the page: what is younger, in milliseconds, is shown as 0. 0 = off. */
  readonly zeroFirstMs: number;
  readonly settle: () => Promise<void> | undefined;
  readonly journal: () => Journal | undefined;
}

/** The rows of the series table as a `ProjectionView`. */
export class RowView implements ListedView {
  readonly #families: Families;
  readonly #table: SeriesTable;
  readonly #reader: Reader;
  readonly #options: RowViewOptions;
  readonly #listeners: ((row: number, family: ViewFamily) => void)[] = [];
  readonly #labels: LabelBytes = { bytes: new Uint8Array(0), from: 0, to: 0 };
  readonly #facts: SeriesFacts = { createdMs: NaN, exemplar: undefined };
  #journal: Journal | undefined;

  constructor({ families, table, reader }: SeriesSource, options: RowViewOptions) {
    this.#families = families;
    this.#table = table;
    this.#reader = reader;
    this.#options = options;
  }

  get bornCount(): number {
    return this.#table.bornCount;
  }

  families(): readonly Family[] {
    return [...this.#families.values()];
  }

  rowsOf(family: ViewFamily): Int32Array {
    return this.#table.rowsOf(family as Family);
  }

  birthOf(row: number, family: ViewFamily): number {
    return this.#table.families[row] === family ? (this.#table.births[row] as number) : 0;
  }

  isShown(row: number, { shape }: ViewFamily, nowMs: number): boolean {
    return this.#reader.isShown(row, shape, nowMs);
  }

  write(encoder: Encoder, row: number, family: ViewFamily, nowMs: number, native: boolean): void {
    const { zeroFirstMs } = this.#options;
    const zeroAfterMs = zeroFirstMs === 0 ? Infinity : nowMs - zeroFirstMs;
    const { name, shape } = family;
    const help = family.help ?? shape.help;
    this.#journal?.note(row);
    encoder.family({ name, type: shape.type, help, unit: "", ownsCounterNames: true, ownsCreated: true });
    this.#table.readLabels(row, this.#labels);
    this.#facts.createdMs = this.#table.createdMs[row] as number;
    const how = viewOf(family as Family, { nowMs, zeroAfterMs, native: native ? "only" : "off" });
    this.#reader.write(encoder, row, shape, this.#labels, this.#facts, how);
    if (family.hasLastSeen !== true) return;
    encoder.family({ ...lastSeenHead(name), unit: "seconds", ownsCounterNames: true, ownsCreated: false });
    encoder.value(this.#labels, this.#reader.lastSeen(row), this.#facts);
  }

  familyOf(row: number): ViewFamily | undefined {
    return this.#table.families[row];
  }

  cellOf(row: number): number {
    return this.#table.cells[row] as number;
  }

  lookOf(row: number): Look {
    return this.#reader.lookOf(row);
  }

  ownWindowMsOf(row: number): number | undefined {
    return this.#reader.ownWindowMsOf(row);
  }

  readLabels(row: number, into: LabelBytes): void {
    this.#table.readLabels(row, into);
  }

  settle(): Promise<void> | undefined {
    this.#journal ??= this.#options.journal();
    return this.#options.settle();
  }

  settleWritten(): Promise<void> | undefined {
    return this.#journal?.settle();
  }

  onForget(listener: (row: number, family: ViewFamily) => void): void {
    this.#listeners.push(listener);
  }

  /** Tells the listeners. */
  forgetting(row: number, family: Family): void {
    for (const listener of this.#listeners) listener(row, family);
  }
}
