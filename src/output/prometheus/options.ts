import type { CellKind } from "../../model/kind.ts";
import type { Layout } from "../../model/layout.ts";

/** How series are called: see `projection.ts`. */
export type Naming = "conventional" | "exact";

/** Everything that decides what the Prometheus page shows. */
export interface PrometheusOptions {
  /**
   * `conventional`: counters end in `_total`, timers in `_seconds`. `exact`: nothing is appended, as statsd_exporter does.
   * Timers are shown in seconds either way.
   */
  readonly naming: Naming;
  /** Quantiles of a summary, each in [0, 1]; the order and duplicates do not matter. Empty = only sum and count. */
  readonly quantiles: readonly number[];
  /** A tag without a value (`#canary`): `true` shows `canary="true"`, `drop` leaves it out as statsd_exporter does. */
  readonly valuelessTags: "true" | "drop";
  /** Samples with a time of their own, which a scrape cannot show: `drop` counts them as `late`, `now` takes them as of now. */
  readonly timestamped: "drop" | "now";
  /** Tags that the server adds to every series: where a client sends the same label key, the client's value is shown. */
  readonly globalTags: readonly string[];
  /** Quantiles cover about the last `windowMs` milliseconds, in `ageBuckets` steps; sums and counts are never windowed. */
  readonly windowMs: number;
  readonly ageBuckets: number;
  /** A series that is idle longer is no longer shown, in milliseconds; 0 = shown for ever. */
  readonly ttlMs: Readonly<Record<CellKind, number>>;
  /** Most series on the page; a further one is folded into the `overflow="true"` series of its name. */
  readonly seriesMax: number;
  /** The process's table of histogram layouts; `Series.layout` is an index into it. Bounds make a classic histogram. */
  readonly layouts: readonly Layout[];
}
