import type { Layout } from "../../model/layout.ts";

export interface HdrLogOptions {
  /** Where the files go; made when it is not there. */
  readonly directory: string;
  /** Names of series, exact or a prefix with `*` at its end. */
  readonly patterns: readonly string[];
  /** A value times this, rounded, is the whole number in the log: 1,000 makes microseconds of milliseconds. */
  readonly factor: number;
  /** A file is closed before it is larger, and when it is older. */
  readonly fileBytesMax: number;
  readonly fileAgeMaxMs: number;
  /** How many files there may be; the oldest goes first. */
  readonly filesMax: number;
  /** How many series are logged at most. */
  readonly seriesMax: number;
  readonly layouts: readonly Layout[];
}

/** Intervals that wait for the disk; each may be a few megabytes. */
export const INTERVALS_WAITING_MAX = 6;
/** Times that one interval is tried to be written. */
export const TRIES_MAX = 6;
/** Series that are encoded before others have their turn: a histogram takes a few tenths of a millisecond. */
export const SERIES_AT_ONCE = 8;
