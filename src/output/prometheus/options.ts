import { createHash } from "node:crypto";
import type { CellKind } from "../../model/kind.ts";
import type { Layout } from "../../model/layout.ts";
import type { LastSeenMode } from "./last-seen.ts";

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
  /**
   * `legacy`: what older versions cannot read in names of metrics and labels becomes `_`, in every format. `utf8`: scrapers
   * that ask for UTF-8 names get them as they were sent (`spelling.ts`); series are told apart by their legacy names all the same.
   */
  readonly names: "legacy" | "utf8";
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
  /** What outlives a series' stay on the page; absent = nothing does. */
  readonly lifetime?: LifetimeOptions;
  /** The process's table of histogram layouts; `Series.layout` is an index into it. Bounds make a classic histogram. */
  readonly layouts: readonly Layout[];
  /** `_created` samples in OpenMetrics: one more series for each, on servers that do not know what they are. */
  readonly createdSamples: boolean;
  /**
   * A counter, histogram or summary is shown as 0 until it is this old, in milliseconds, in formats that do not say when it
   * began: `rate()` cannot see a first value that is not 0. By age and not by scrape, so that two scrapers see the same. 0 = off.
   */
  readonly zeroFirstMs: number;
  /** Of which series a gauge beside them tells when they were last updated: see `last-seen.ts`. */
  readonly lastSeen: LastSeenMode;
  /** Shows the global tags as one `target_info` series, and not as labels of every series. */
  readonly targetInfo: boolean;
  /** Native histograms in protobuf, of series with bounds; see `native.ts`. They take memory, so a scraper alone cannot turn them on. */
  readonly native: NativeOptions;
}

export interface LifetimeOptions {
  /** Most series whose numbers are kept after they have left the page, so that they go on when they come back. */
  readonly remainsMax: number;
  /** Where numbers are kept over restarts; undefined = nowhere. */
  readonly stateFile: string | undefined;
}

/** Who gets native histograms: nobody; scrapers with `?native=…`; everyone whose page is protobuf, beside the bounds or alone. */
export type NativeMode = "off" | "asked" | "beside" | "only";

export interface NativeOptions {
  readonly mode: NativeMode;
  /** Most buckets of one histogram; more are merged in pairs, which halves the resolution. */
  readonly bucketsMax: number;
}

/** Raised when series are named otherwise than by earlier versions under the same options. */
const NAMING_VERSION = 1;

/** A short text that is another one where the options may make other names or labels of the same series. */
export function namingOf(options: PrometheusOptions): string {
  const { naming, names, valuelessTags, globalTags, targetInfo, lastSeen, native } = options;
  const deciding = [naming, names, valuelessTags, globalTags, targetInfo, lastSeen, native.mode !== "off"];
  const hash = createHash("sha256").update(JSON.stringify([NAMING_VERSION, ...deciding]));
  return hash.digest("base64url").slice(0, 16);
}
