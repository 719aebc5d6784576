import type { Layout } from "../model/layout.ts";
import type { CellKind, Kind } from "../model/kind.ts";
import type { TallyMemory } from "../model/status.ts";

/** Not a cell: the answer of `Output.bind` for a series that the output does not show. */
export const NO_CELL = 0xffff_ffff;

export interface TallyOptions {
  readonly layouts: readonly Layout[];
  /** Windowed quantiles: how many age buckets a histogram cell keeps, and the age of one, in ms. 1 and 0 = no window. */
  readonly ages?: number;
  readonly ageMs?: number;
  readonly keySeed?: bigint;
  readonly setSeed?: bigint;
  readonly gaugeSign?: "auto" | "absolute" | "step";
  readonly keysMax?: number;
  readonly keyBytesMax?: number;
}

/** What the core asks back while it ingests; all offsets are into `heap`. Must not call `ingest`. */
export interface IngestCallbacks {
  /** First sight of a raw key: answers a cell of this tally (see `cellFor`), or `-code` of a LIMIT_REASONS entry. */
  bind(kindCode: number, nameOffset: number, nameLength: number, tagsOffset: number, tagsLength: number): number;
  /** An event (0), service check (1) or timestamped metric line (2): answers 0, or the code of a REJECT_REASONS entry. */
  special(type: number, offset: number, length: number): number;
  /** A refused line; `column` is the byte offset inside the line where it died. */
  reject(reason: number, offset: number, length: number, column: number): void;
}

/**
 * A tally: cells that can ingest bytes, merge another tally's delta, and be drained. (Being written; this is its
 * interface.)
 */
export interface Tally {
  /** The linear memory. Re-read after any call that may grow it: never keep it across calls. */
  readonly heap: Uint8Array;
  /** Offset in `heap` of INPUT_BYTES_MAX bytes that a transport writes a datagram to. */
  readonly inputOffset: number;

  // — ingest (shards) —
  /** Unix milliseconds, used for gauges and windows until the next call. */
  setClock(nowMs: number): void;
  ingest(offset: number, length: number): void;
  /**
   * The cell of a series, made when it is new (`isNewCell()` then answers true). `key` is any byte string that is
   * equal exactly when two series are equal.
   */
  cellFor(kind: Kind, key: Uint8Array, layout: number): number;
  isNewCell(): boolean;
  /** The cell of a series that `cellFor` has made before and that was not forgotten since, or NO_CELL. Makes nothing. */
  findCell(kind: Kind, key: Uint8Array): number;

  // — cells of an output —
  /** A new cell, all zero. */
  allocate(kind: CellKind, layout: number): number;
  release(cell: number): void;
  source(): Source;

  // — drain (shards) —
  /**
   * Takes what has gathered since the last drain, at most about `bytesMax`, and leaves zero. Answers the bytes for
   * `Source.merge` (a copy that the caller owns), or an empty array when there is nothing (more).
   */
  drain(bytesMax: number): Uint8Array;
  /** Frees keys and cells that were not used for `idleMs`; `onForgotten` gets each freed cell. Does a bounded part of the work. */
  sweep(idleMs: number, onForgotten: (cell: number) => void): void;

  // — reading —
  counterSum(cell: number): number;
  /** The part of the sum that came from negative values (≤ 0); counterSum includes it. */
  counterNegative(cell: number): number;
  /** Samples since the cell was made or reset; whole number, not weighted. */
  samples(cell: number): number;
  /** Unix ms of the last merge into the cell, 0 = never. Granularity: one drain. */
  touchedMs(cell: number): number;
  gauge(cell: number): number;
  cardinality(cell: number): number;
  /** False once the set has become a HyperLogLog (standard error 0.8 %). */
  isExact(cell: number): boolean;
  /** Weighted number of samples; fractional where sample rates do not divide. */
  count(cell: number): number;
  sum(cell: number): number;
  min(cell: number): number;
  max(cell: number): number;
  /** Nearest rank; 0 ≤ q ≤ 1; NaN when empty. Windowed where the tally has ages. */
  quantile(cell: number, q: number): number;
  /** Weighted counts of samples v <= thresholds[i], cumulative, written to `into` (length = thresholds.length). */
  boundCounts(cell: number, into: Float64Array): void;
  /** The histogram's buckets in ascending order: [low, high) edges and weight; exact samples have low = high. */
  buckets(cell: number, visit: (low: number, high: number, weight: number) => void): void;
  /** Back to zero; a gauge keeps its value, for steps to come, but `samples` is 0. */
  reset(cell: number): void;

  memory(): TallyMemory;
}

/** One shard's way into an output's tally: which of its cells feed which of ours. */
export interface Source {
  /** From now on `theirs` feeds `ours` (NO_CELL: nothing). */
  map(theirs: number, ours: number): void;
  /** What `theirs` feeds, NO_CELL if nothing. */
  mapped(theirs: number): number;
  /** Adds a delta. Commutative; cells without a mapping are skipped. */
  merge(bytes: Uint8Array): void;
}
