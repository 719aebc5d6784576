import type { Encoder } from "./format/encoder.ts";
import type { Shape } from "./shape.ts";

/** A family as others may see it. */
export interface ViewFamily {
  readonly name: string;
  readonly shape: Shape;
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
  /** Announces the family to the encoder and writes the row. */
  write(encoder: Encoder, row: number, family: ViewFamily): void;
  /** Hears of every row that is about to be forgotten, while it can still be read. */
  onForget(listener: (row: number, family: ViewFamily) => void): void;
}
