import { baseUrl, site } from "./address.ts";
import * as limits from "./limits.ts";
import { secret, wholeSeconds } from "./keys.ts";
import { bytes, choice, decimal, duration, flag, group, key, list, optionalKey, text, whole } from "./values.ts";

/** The keys of `datadog`. */
export const DATADOG = group(
  {
    api_key: optionalKey(
      secret,
      "Turns the output on. Better from the environment or a file than in a configuration file.",
    ),
    api_key_file: optionalKey(text("write a path"), "A file with the key, read again when Datadog refuses the key."),
    site: key(site, "datadoghq.com", "Which Datadog: datadoghq.com, datadoghq.eu, us5.datadoghq.com, …"),
    url: optionalKey(baseUrl, "Another intake or a proxy instead of https://api.SITE."),
    histogram_aggregates: key(
      list(choice(["max", "min", "median", "avg", "sum", "count"]), 6),
      ["max", "median", "avg", "count"],
      "What histograms and timers are sent as: NAME.max, …",
    ),
    histogram_percentiles: key(
      list(decimal({ min: 0, max: 1 }), limits.QUANTILES_MAX),
      ["0.95"],
      "0.95 is sent as NAME.95percentile.",
    ),
    histogram_copy_to_distribution: key(
      flag,
      "false",
      "Whether histograms and timers are sent as distributions, too. Not with series_api: v1.",
    ),
    histogram_copy_to_distribution_prefix: optionalKey(
      text("write a prefix such as dist."),
      "What goes before the names of those distributions, as it is; by default nothing.",
    ),
    counter_expiry: key(
      wholeSeconds(limits.COUNTER_EXPIRY_MS),
      "300s",
      "A counter that stops is sent as 0 for this long.",
    ),
    timeout: key(duration(limits.TIMEOUT_MS), "20s", "For one request, from connecting to the response's end."),
    concurrency: key(whole(limits.CONCURRENCY), "4", "Requests in flight at a time, per route."),
    retry_queue_bytes: key(
      bytes(limits.RETRY_QUEUE_BYTES),
      "15MiB",
      "Payloads that wait for a failing intake, compressed; the oldest go first.",
    ),
    retry_age_max: key(
      duration(limits.RETRY_AGE_MS, "no limit"),
      "55m",
      "Older payloads are dropped and counted: Datadog silently drops points that are older than an hour.",
    ),
    compression: key(
      choice(["deflate", "gzip", "none"], { zlib: "deflate", zstd: "deflate" }),
      "deflate",
      "deflate is the one that every receiver of Datadog's format reads.",
    ),
    events: key(flag, "true", "Whether events are sent, to /intake/ as the Agent does."),
    service_checks: key(flag, "true", "Whether service checks are sent, to /api/v1/check_run."),
    series_api: key(choice(["v2", "v1"]), "v2", "v1 is for other receivers, which know neither v2 nor sketches."),
  },
  "Deliveries to Datadog. Off without a key.",
);
