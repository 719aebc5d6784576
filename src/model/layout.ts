/** How the histogram cells of a series are laid out; decided by policy before the first sample is recorded. */
export interface Layout {
  /** Significant decimal digits: 2 = 128 linear sub-buckets per power of two, 3 = 1,024. */
  readonly digits: 2 | 3;
  /** Classic upper bounds as an output shows them (`le`), ascending, finite; empty = none kept. */
  readonly bounds: readonly number[];
  /**
   * The same bounds in the unit of the samples: a sample v counts under bound i exactly when v <= thresholds[i].
   * For a timer this is the largest float64 t with t / 1000 <= bounds[i].
   */
  readonly thresholds: readonly number[];
  /** The sliding window of its quantiles, where that is not the tally's. */
  readonly window?: Window;
}

/** Values are kept by age, in `ages` buckets (1 to 255) of `ageMs` milliseconds each (below 2^32). */
export interface Window {
  readonly ages: number;
  readonly ageMs: number;
}

/** The window over about the last `windowMs` milliseconds that slides in `ages` steps. */
export function windowOf(windowMs: number, ages: number): Window {
  return { ages, ageMs: Math.max(1, Math.ceil(windowMs / ages)) };
}

/** Whether cells of the two can be added up: they count the same buckets and bounds. A window does not matter for that. */
export function isAddable(left: Layout, right: Layout): boolean {
  // The same bounds mean other thresholds for timers.
  return haveSameBounds(left, right) && areSame(left.thresholds, right.thresholds);
}

/** Whether cells of the two can be added up where values are turned into one unit. */
export function haveSameBounds(left: Layout, right: Layout): boolean {
  return left.digits === right.digits && areSame(left.bounds, right.bounds);
}

function areSame(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((number, index) => number === right[index]);
}
