import type { DatadogOptions } from "../../../src/output/datadog/options.ts";

/** Everything but the key, the host and the layouts, which have no sensible default. */
export const DATADOG_DEFAULTS = {
  site: "datadoghq.com",
  url: undefined,
  userAgent: "tallyd",
  intervalSeconds: 10,
  histogramAggregates: ["max", "median", "avg", "count"],
  histogramPercentiles: [0.95],
  counterExpirySeconds: 300,
  timeoutMs: 20_000,
  concurrencyMax: 4,
  retryQueueBytes: 15 * 1024 * 1024,
  retryAgeMaxMs: 55 * 60_000,
  compression: "deflate",
  seriesApi: "v2",
  sendsEvents: true,
  sendsServiceChecks: true,
  seriesMax: 1_000_000,
  timestampedMax: 100_000,
  specialsMax: 1_000,
} as const satisfies Partial<DatadogOptions>;
