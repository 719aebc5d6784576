/** A self-metric with its samples: plain data, which the Prometheus output's formats render. */
export interface SelfFamily {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: readonly SelfSample[];
}

/** One series: labels with different valid keys, and a number or a whole histogram. */
export interface SelfSample {
  readonly labels: readonly (readonly [key: string, value: string])[];
  readonly value: number | SelfHistogram;
}

export interface SelfHistogram {
  /** Finite upper bounds, ascending. */
  readonly bounds: readonly number[];
  /** Cumulative, one per bound. */
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}
