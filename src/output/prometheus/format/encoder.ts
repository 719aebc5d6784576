import type { FamilyType } from "../shape.ts";

/** A classic histogram, read in one turn of the event loop so that its parts agree. */
export interface HistogramReading {
  /** Upper bounds as labels show them (`0.005`, `1.0`), ascending, without `+Inf`. */
  readonly bounds: readonly string[];
  /** Cumulative whole numbers, one per bound, never falling and never above `count`. */
  readonly counts: ArrayLike<number>;
  readonly count: number;
  readonly sum: number;
}

/** A summary, read in one turn. */
export interface SummaryReading {
  /** As labels show them (`0.5`), ascending. */
  readonly quantiles: readonly string[];
  /** One per quantile; NaN where nothing was observed in the window. */
  readonly values: ArrayLike<number>;
  readonly count: number;
  readonly sum: number;
}

/**
 * Writes a page in one format. Calls come in page order: a family, then all its series, then the next family. `series`
 * is `name{labels}` or a bare `name`, already valid; `name` is the family's.
 */
export interface Encoder {
  family(name: string, type: FamilyType, help: string): void;
  value(series: string, value: number): void;
  histogram(name: string, series: string, reading: HistogramReading): void;
  summary(name: string, series: string, reading: SummaryReading): void;
  end(): void;
}

/** Where an encoder writes to: text is gathered and cut into pieces. */
export interface Page {
  add(text: string): void;
}
