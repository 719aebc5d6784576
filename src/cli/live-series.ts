import { setImmediate as nextTurn } from "node:timers/promises";
import type { Config } from "../config/config.ts";
import type { PrometheusOutput } from "../output/prometheus/prometheus.ts";
import { SeriesList } from "../output/prometheus/series-list.ts";
import type { Clock } from "../std/clock.ts";
import type { LiveSeriesSource } from "../web/live-series.ts";

/** Where there is no log of histograms: microseconds for what comes in milliseconds. */
const FACTOR = 1_000;

/** The live series of the page, and their histograms in either form. */
export function createLiveSeries(
  { view, tally }: PrometheusOutput,
  { prometheus, hdrLog }: Pick<Config, "prometheus" | "hdrLog">,
  { nowMs }: Clock,
): LiveSeriesSource {
  const { windowMs } = prometheus;
  const list = new SeriesList({ view, tally, windowMs, nowMs, pause: () => nextTurn() });
  return {
    list: (matches, limit) => list.list(matches, limit),
    histogram: (id) => list.histogram(id),
    async hdrOf(histogram) {
      // HdrHistogram's library takes some 5 MB, and hardly anybody asks for this.
      const { logOfOne } = await import("../output/hdr-log/one-log.ts");
      return logOfOne(histogram, hdrLog?.factor ?? FACTOR, nowMs());
    },
  };
}
