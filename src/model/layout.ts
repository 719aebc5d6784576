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
}
