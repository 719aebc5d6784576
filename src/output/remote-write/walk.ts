import type { ProjectionView, ViewFamily } from "../prometheus/view.ts";
import type { PointWriter } from "./point-writer.ts";

/** Rows between two looks at the clock. */
const LOOK_ROWS = 32;

/** Which rows the receiver has a value of, so that it can be told when they end. */
export class SentRows {
  /** By row: the birth of the series that was sent, 0 = none. A row may be used again by another series. */
  #births = new Float64Array(1024);

  has(row: number, birth: number): boolean {
    return this.#births[row] === birth;
  }

  add(row: number, birth: number): void {
    if (row >= this.#births.length) {
      const grown = new Float64Array(row + (row >> 1) + 1);
      grown.set(this.#births);
      this.#births = grown;
    }
    this.#births[row] = birth;
  }

  remove(row: number): void {
    this.#births[row] = 0;
  }
}

export interface WalkSettings {
  readonly timeMs: number;
  /** What decides whether a series is still shown. */
  readonly nowMs: number;
  /** Ends every series: the last walk before the process ends. */
  readonly isLast: boolean;
  /** Histograms in exponential buckets, where the projection has them. */
  readonly native: boolean;
}

/**
 * Visits every series of the projection once and writes its points, or the marker of its end when it is not shown any
 * more. In steps, between which series may come and go: those born after the beginning are left to the next walk.
 */
export class Walk {
  /** Series that were ended. */
  ended = 0;
  readonly #view: ProjectionView;
  readonly #writer: PointWriter;
  readonly #sent: SentRows;
  readonly #settings: WalkSettings;
  readonly #bornMax: number;
  readonly #families: readonly ViewFamily[];
  #family = 0;
  #rows: Int32Array | undefined;
  #row = 0;

  constructor(view: ProjectionView, writer: PointWriter, sent: SentRows, settings: WalkSettings) {
    this.#view = view;
    this.#writer = writer;
    this.#sent = sent;
    this.#settings = settings;
    this.#bornMax = view.bornCount;
    this.#families = view.families();
  }

  /** Goes on until `isTimeOver` says so; true when all is visited. */
  step(isTimeOver: () => boolean): boolean {
    for (let looked = 1; this.#family < this.#families.length; looked += 1) {
      this.#rows ??= this.#begin();
      if (this.#row < this.#rows.length) this.#visit(this.#rows[this.#row++] as number);
      else {
        this.#rows = undefined;
        this.#row = 0;
        this.#family += 1;
      }
      if (looked % LOOK_ROWS === 0 && isTimeOver()) return false;
    }
    return true;
  }

  #begin(): Int32Array {
    return this.#view.rowsOf(this.#families[this.#family] as ViewFamily);
  }

  #visit(row: number): void {
    const family = this.#families[this.#family] as ViewFamily;
    const birth = this.#view.birthOf(row, family);
    if (birth === 0 || birth > this.#bornMax) return;
    const { isLast, native, nowMs, timeMs } = this.#settings;
    const isShown = !isLast && this.#view.isShown(row, family, nowMs);
    if (!isShown && !this.#sent.has(row, birth)) return;
    this.#writer.timeMs = timeMs;
    this.#writer.isStale = !isShown;
    this.#view.write(this.#writer, row, family, nowMs, native);
    if (isShown) {
      this.#sent.add(row, birth);
      return;
    }
    this.#sent.remove(row);
    this.ended += 1;
  }
}
