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

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * The defaults, without `layouts`. Counters and histograms live long, because a counter that is forgotten and comes
 * back reads as a restart and loses increments; gauges and sets live short, because a dead client's last value would
 * be repeated for ever. `exact` keeps everything for ever and drops bare tags, as statsd_exporter does.
 */
export function prometheusDefaults(naming: Naming): Omit<PrometheusOptions, "layouts"> {
  const exact = naming === "exact";
  return {
    naming,
    quantiles: [0.5, 0.9, 0.99],
    valuelessTags: exact ? "drop" : "true",
    windowMs: 10 * MINUTE_MS,
    ageBuckets: 5,
    ttlMs: exact
      ? { counter: 0, gauge: 0, set: 0, histogram: 0 }
      : { counter: 24 * HOUR_MS, gauge: 15 * MINUTE_MS, set: 15 * MINUTE_MS, histogram: 24 * HOUR_MS },
    seriesMax: 1_000_000,
  };
}
