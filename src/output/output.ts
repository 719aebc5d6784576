import type { Special } from "../model/event.ts";
import type { OutputStatus } from "../model/status.ts";
import type { Layout } from "../model/layout.ts";
import type { Series } from "../model/series.ts";
import type { Source, Tally } from "../core/tally.ts";

/** The time that a flush closes: [startSeconds, endSeconds), both Unix seconds, whole multiples of the interval. */
export interface Interval {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** What lives by the intervals and shows in the status: every output, and a second delivery of what an output holds. */
export interface Sink {
  readonly name: string;
  /** About once a second, after a drain: expire what is idle, slide windows. `nowMs` is Unix milliseconds. */
  tick(nowMs: number): void;
  /** Closes an interval. Returns when the interval's numbers are taken over (queued), not when they are delivered. */
  flush(interval: Interval): void;
  status(): OutputStatus;
  /** Delivers or persists what is queued, until `deadlineMs` (Unix milliseconds) at the latest. */
  close(deadlineMs: number): Promise<void>;
}

/**
 * A place where the numbers go. An output owns a tally, keyed by its own projection of series; `flush/` feeds it.
 *
 * Order of calls: for each shard one `Source` is taken from `tally.source()`; then, for every batch that the shard
 * sends, `bind` for each new series (its answer goes into the source's map), then the merge. All on one thread.
 */
export interface Output extends Sink {
  readonly tally: Tally;
  /**
   * The cell of this output that a series feeds, or `NO_CELL` where this output does not show it (and has counted
   * why). Called once per shard and series; several series may answer one cell (names that become equal).
   * Each call that answers a cell holds it; `unbind` gives it back when the shard has forgotten the series.
   */
  bind(series: Series): number;
  /** Rules that are read again may bring further layouts, numbered on; called before any series has one. */
  addLayouts(layouts: readonly Layout[]): void;
  unbind(cell: number): void;
  /** Grows when a name has become free: series that were refused are bound once more then. Absent = names never clash. */
  readonly vacancies?: number;
  /** Events, service checks and timestamped samples, in order of arrival. */
  take(specials: readonly Special[]): void;
}

export type { Source, Tally };
