import type { Layout } from "../../model/layout.ts";
import type { Secret } from "../../std/secret.ts";

export const HISTOGRAM_AGGREGATES = ["max", "min", "median", "avg", "sum", "count"] as const;
export type HistogramAggregate = (typeof HISTOGRAM_AGGREGATES)[number];

/** How this output talks to Datadog. Names and defaults follow Datadog's Agent where it has the same option. */
export interface DatadogOptions {
  /** Sent as the `DD-API-KEY` header. undefined = from `apiKeyFile`; neither = no header (some other receivers). */
  readonly apiKey: Secret | undefined;
  /** Read before the first post and again after each 403, so that a key can be rotated without a restart. */
  readonly apiKeyFile: string | undefined;
  /** For example `datadoghq.eu`; posts go to `https://api.<site>`. Ignored where `url` is set. */
  readonly site: string;
  /** Base URL, used verbatim (a path prefix is allowed); wins over `site`. */
  readonly url: string | undefined;
  /** Host of every series that has no `host:` tag; "" = none. */
  readonly hostname: string;
  /** For example `tallyd/0.1.0`. */
  readonly userAgent: string;
  /** The flush interval, in seconds. */
  readonly intervalSeconds: number;
  /** What histograms and timers are sent as: `name.max`, … */
  readonly histogramAggregates: readonly HistogramAggregate[];
  /** 0 to 1; 0.95 is sent as `name.95percentile`. */
  readonly histogramPercentiles: readonly number[];
  /** Histograms and timers are sent as distributions, too, named prefix and name; v2 only. Absent = they are not. */
  readonly histogramCopyPrefix?: string | undefined;
  /** A counter that stops is sent as 0 for this long, then no more. */
  readonly counterExpirySeconds: number;
  /** One request, from connecting to the end of the response. */
  readonly timeoutMs: number;
  /** Requests in flight at a time, per route. */
  readonly concurrencyMax: number;
  /** Payloads that wait for delivery, all routes together, in bytes as compressed; the oldest are dropped first. */
  readonly retryQueueBytes: number;
  /** Datadog drops points older than an hour behind a 202, so older payloads are not worth sending. 0 = no limit. */
  readonly retryAgeMaxMs: number;
  /** `deflate` (zlib, RFC 1950) is the one that every receiver reads. */
  readonly compression: "deflate" | "gzip" | "none";
  /**
   * `v2` for Datadog. `v1` for other receivers of Datadog's format, which know neither v2 nor sketches:
   * distributions are then sent as aggregates, as histograms are.
   */
  readonly seriesApi: "v1" | "v2";
  /** The process's histogram layouts, for this output's tally. */
  readonly layouts: readonly Layout[];
  /** Most series that this output may hold; a series beyond is not shown here, and counted. */
  readonly seriesMax: number;
  /** Most samples with their own timestamp to gather between two flushes; those beyond are dropped and counted. */
  readonly timestampedMax: number;
  readonly sendsEvents: boolean;
  readonly sendsServiceChecks: boolean;
  /** Most events, and most service checks, to gather between two flushes; those beyond are dropped and counted. */
  readonly specialsMax: number;
}

/**
 * The base URL of all routes, without a trailing slash. Users put `app.datadoghq.eu` or a whole URL into the site:
 * scheme and a leading `app.` or `api.` are taken off. Sites are not checked against a list, because Datadog adds some.
 */
export function baseUrl(options: Pick<DatadogOptions, "site" | "url">): string {
  if (options.url !== undefined) return options.url.trim().replace(/\/+$/, "");
  const site = options.site
    .trim()
    .replace(/^[a-z]+:\/\//i, "")
    .replace(/[/?#].*$/, "")
    .replace(/^(?:app|api)\./i, "")
    .replace(/\.$/, "");
  return `https://api.${site}`;
}
