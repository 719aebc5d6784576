import type { FamilyType } from "../shape.ts";

/** Labels as text without their braces, `a="1",b="2"`: `from` to `to` in `bytes`. Valid for the call that it is given to. */
export interface LabelBytes {
  bytes: Uint8Array;
  from: number;
  to: number;
  /** How many there are, where all are plain (`label-pairs.ts`); undefined = not known. */
  plain?: number | undefined;
}

/** A classic histogram, read in one turn of the event loop so that its parts agree. */
export interface HistogramReading {
  /** Upper bounds as labels show them (`0.005`, `1.0`), ascending, without `+Inf`, and as numbers. */
  readonly boundTexts: readonly string[];
  readonly bounds: readonly number[];
  /** Cumulative whole numbers, one per bound, never falling and never above `count`. */
  readonly counts: ArrayLike<number>;
  readonly count: number;
  readonly sum: number;
  /** The same samples in exponential buckets, where somebody asked for them. */
  readonly native: NativeReading | undefined;
}

/** Exponential buckets (Prometheus' native histograms). Valid for the call that it is given to. */
export interface NativeReading {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: NativeSide;
  readonly negative: NativeSide;
}

/** Buckets of one sign by rising index; bucket i of schema n ends at 2^(i / 2^n), itself included. */
export interface NativeSide {
  readonly indexes: readonly number[];
  /** Whole numbers, not cumulative. */
  readonly counts: readonly number[];
}

/** A summary, read in one turn. */
export interface SummaryReading {
  /** As labels show them (`0.5`), ascending, and as numbers. */
  readonly quantileTexts: readonly string[];
  readonly quantiles: readonly number[];
  /** One per quantile; NaN where nothing was observed in the window. */
  readonly values: ArrayLike<number>;
  readonly count: number;
  readonly sum: number;
}

/** A sample that stands for others, with what leads to its trace: keys are valid, and with values at most 128 code points. */
export interface Exemplar {
  readonly labels: readonly (readonly [key: string, value: string])[];
  readonly value: number;
  readonly timeMs: number;
}

/** What is known of a series beside its numbers. One object, filled anew for each series. */
export interface SeriesFacts {
  /** When it began to count, in Unix milliseconds; NaN where that is not known. */
  createdMs: number;
  exemplar: Exemplar | undefined;
}

export interface FamilyHead {
  /** The full sample name of a counter or gauge (`hits_total`); any well-formed text where names may be UTF-8. */
  readonly name: string;
  /** `info`: a gauge of value 1 whose labels are what it is about; its name ends in `_info`. */
  readonly type: FamilyType | "info";
  readonly help: string;
  /** "seconds" where the name ends in `_seconds` because of it. */
  readonly unit: "" | "seconds";
  /** The names that OpenMetrics would give a counter beside its own belong to nobody else: see `families.ts`. */
  readonly ownsCounterNames: boolean;
  readonly ownsCreated: boolean;
}

/**
 * Writes a page in one format. Calls come in page order: a family, its series, `passEnd`; where there are two passes, the
 * same series again (`gone` for one that has left meanwhile) and `passEnd`; then the next family. Names and labels are
 * valid already; all of a series is written in one call.
 */
export interface Encoder {
  /** Asked at each end of a pass. 2: the family's length stands before its series, so they are measured first. */
  readonly passes: 1 | 2;
  family(head: FamilyHead): void;
  value(labels: LabelBytes, value: number, facts: SeriesFacts): void;
  histogram(labels: LabelBytes, reading: HistogramReading, facts: SeriesFacts): void;
  summary(labels: LabelBytes, reading: SummaryReading, facts: SeriesFacts): void;
  gone(): void;
  passEnd(): void;
  end(): void;
}
