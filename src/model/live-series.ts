/** A series as a list of live ones shows it. */
export interface LiveSeries {
  /** Names this series for as long as it lives, and no other one ever after. */
  readonly id: string;
  /** As on the page for scrapers. */
  readonly name: string;
  readonly labels: readonly (readonly [key: string, value: string])[];
  readonly type: string;
}

export interface LiveSeriesList {
  readonly series: readonly LiveSeries[];
  /** There are more than were asked for. */
  readonly isCut: boolean;
}

/** A list or a histogram that cannot be given, and why. */
export interface LiveSeriesProblem {
  readonly problem: string;
}

/** The distribution of one live series. */
export interface LiveHistogram extends LiveSeries {
  /**
   * Since the series began to count; values are as they were sent, and count by their weight. Where they were sent in two units,
   * all are in that of the first sample.
   */
  readonly count: number;
  readonly sum: number;
  /** A value on the page is one as sent divided by the one and times the other. */
  readonly divisor: number;
  readonly scale: number;
  /** Of the last `windowMs` about: low and high edge and weight; an exact sample has two equal edges. Empty where only classic bounds are kept. */
  readonly buckets: readonly (readonly [low: number, high: number, weight: number])[];
  readonly windowMs: number;
}
