import { hostPort } from "./address.ts";
import { DATADOG } from "./datadog-keys.ts";
import { LIFETIME_KEYS } from "./lifetime-keys.ts";
import { HDR_LOG } from "./hdr-log-keys.ts";
import * as limits from "./limits.ts";
import { buckets, fileMode, hostname, shards, wholeSeconds } from "./keys.ts";
import { listenUrl } from "./listen-url.ts";
import { LOG_KEYS } from "./log-keys.ts";
import { MAPPING_KEYS } from "./mapping-keys.ts";
import { POLICY_KEYS } from "./policy-keys.ts";
import { RELAY } from "./relay-keys.ts";
import { WEB_KEYS } from "./web-keys.ts";
import { REMOTE_WRITE } from "./remote-write.ts";
import { bytes, choice, decimal, duration, flag, group, key, list, optionalKey, text, whole } from "./values.ts";
import type { Keys, Values } from "./values.ts";

const dialect = choice(["auto", "true", "false"], { yes: "true", no: "false", on: "true", off: "false" });
const DIALECT_MODES =
  "auto: where all of it is key=value and the line has no tag section. true: always, as statsd_exporter. false: it is a part of the name.";

const prometheus = group(
  {
    enabled: key(flag, "true", "Whether /metrics shows the aggregated series."),
    naming: key(
      choice(["conventional", "exact"]),
      "conventional",
      "conventional: counters end in _total, timers in _seconds. exact: nothing is appended, as statsd_exporter does.",
    ),
    histograms: key(
      choice(["summary", "histogram"]),
      "summary",
      "summary: quantiles of this server. histogram: exact counts per bucket, which can be added over servers.",
    ),
    quantiles: key(
      list(decimal({ min: 0, max: 1 }), limits.QUANTILES_MAX),
      ["0.5", "0.9", "0.95", "0.99"],
      "The quantiles of a summary; each is one more series.",
    ),
    buckets: key(
      buckets,
      ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10"],
      "The upper bounds of a histogram, in seconds for timers.",
    ),
    window: group(
      {
        max_age: key(duration(limits.WINDOW_MS), "10m", "Quantiles cover about this time; sums and counts cover all."),
        age_buckets: key(whole(limits.AGE_BUCKETS), "5", "In how many steps the window slides; each costs memory."),
      },
      "The sliding window of a summary's quantiles, independent of scrapes.",
    ),
    ttl: group(
      {
        counter: key(
          duration(limits.TTL_MS, "never"),
          "24h",
          "An idle counter is shown this long. Longer than any rate() window; one that comes back goes on (prometheus.remember).",
        ),
        gauge: key(
          duration(limits.TTL_MS, "never"),
          "1h",
          "An idle gauge is shown this long. Short, because a dead client's last value would be repeated for ever.",
        ),
        set: key(duration(limits.TTL_MS, "never"), "1h", "As for gauges."),
        histogram: key(duration(limits.TTL_MS, "never"), "24h", "As for counters: its count and sum are counters."),
      },
      "How long an idle series stays on the page.",
    ),
    ...LIFETIME_KEYS,
    timestamped: key(
      choice(["drop", "now"]),
      "drop",
      "Samples that carry their own time, which a scrape cannot show: drop counts them as late, now takes them as of now.",
    ),
    names: key(
      choice(["legacy", "utf8"], { "utf-8": "utf8" }),
      "legacy",
      "legacy: a.b is shown as a_b, everywhere. utf8: scrapers that ask for UTF-8 names (Prometheus 3) get a.b.",
    ),
    native_histograms: group(
      {
        mode: key(
          choice(["off", "asked", "beside", "only"]),
          "off",
          "In protobuf, of histograms with buckets. asked: for ?native=1 or ?native=only. beside, only: for every scraper.",
        ),
        buckets_max: key(
          whole(limits.NATIVE_BUCKETS),
          "160",
          "Most buckets of one histogram; more are merged in pairs, which halves the resolution.",
        ),
      },
      "Exponential histograms of Prometheus, 4.4 % wide (0.54 % with 3 significant digits). They take memory as quantiles do.",
    ),
    zero_first: key(
      duration(limits.ZERO_FIRST_MS, "never"),
      "0s",
      "A new counter is shown as 0 for so long, because rate() cannot see a first value; a scrape interval. Not in protobuf.",
    ),
    exemplar_tag: optionalKey(
      text("write the key of a tag, such as trace_id"),
      "The tag that names a trace: no label, but the exemplar of its series. Each new trace costs as much as a new series for a moment.",
    ),
    created_samples: key(
      flag,
      "false",
      "OpenMetrics shows when a counter began as NAME_created; most servers store that as one more series.",
    ),
    target_info: key(flag, "false", "The global tags are labels of one series, target_info, and not of every series."),
    valueless_tags: key(
      choice(["true", "drop"]),
      "true",
      'A tag without a value (#canary): true shows canary="true", drop leaves it out as statsd_exporter does.',
    ),
    ...MAPPING_KEYS,
  },
  "The /metrics page.",
);

/** The whole configuration file. Each key has its default (as a user would write it) and its meaning here, and nowhere else. */
export const SCHEMA = {
  listen: key(
    list(listenUrl, limits.LISTENERS_MAX),
    ["udp://127.0.0.1:8125"],
    "Where metrics come in: udp://, tcp://, unix://, unixgram://, systemd://, fd://.",
  ),
  http: key(hostPort, "127.0.0.1:9102", "Where /metrics, /api/status and the health checks are served."),
  shards: key(shards, "auto", "Threads that receive and aggregate. auto: one less than there are cores, 1 to 8."),
  flush_interval: key(
    wholeSeconds(limits.FLUSH_INTERVAL_MS),
    "10s",
    "The interval of pushing outputs, in whole seconds, aligned to the epoch.",
  ),
  drain_interval: key(
    duration(limits.DRAIN_INTERVAL_MS),
    "1s",
    "How often shards hand over what has gathered; less often where that takes long. Scrapes and flushes ask by themselves.",
  ),
  ...LOG_KEYS,
  hostname: optionalKey(hostname, "The host of series without a host tag; by default the machine's name."),
  ...WEB_KEYS,
  ...POLICY_KEYS,
  dialects: group(
    {
      dogstatsd: key(flag, "true", "Tags in a section of their own: name:1|c|#key:value. false passes over them."),
      signalfx: key(dialect, "auto", "Tags in brackets: name[key=value]:1|c. " + DIALECT_MODES),
      librato: key(dialect, "auto", "Tags behind a hash: name#key=value:1|c. " + DIALECT_MODES),
      influxdb: key(dialect, "auto", "Tags behind a comma: name,key=value:1|c. " + DIALECT_MODES),
      graphite: key(dialect, "auto", "Tags behind a semicolon: name;key=value:1|c. " + DIALECT_MODES),
    },
    "How clients may write tags.",
  ),
  timestamps: key(
    choice(["read", "ignore"]),
    "read",
    "Samples with a timestamp (|T1656581400): read leaves them unaggregated, ignore takes them as of now.",
  ),
  eol_required: key(flag, "false", "Whether a datagram's last line must end in a line feed too; else it is refused."),
  gauge_sign: key(
    choice(["auto", "absolute", "step"]),
    "auto",
    "What +5|g and -5|g mean. auto: a value on lines with DogStatsD parts, a step on plain StatsD lines.",
  ),
  transport: key(
    choice(["auto", "batch", "dgram"]),
    "auto",
    "How UDP is read. batch: many datagrams a system call (Linux, Node.js 26). dgram: one by one, anywhere. auto: batch where it works.",
  ),
  receive_buffer: key(
    bytes(limits.RECEIVE_BUFFER_BYTES),
    "16MiB",
    "What each socket asks the kernel for; bursts wait there.",
  ),
  stream: group(
    {
      connections_max: key(
        whole(limits.CONNECTIONS),
        "1024",
        "Most connections of one listener at a time; a further one is closed at once.",
      ),
      line_bytes_max: key(
        bytes(limits.LINE_BYTES),
        "16KiB",
        "Longest line; a longer one is thrown away. Each connection may hold one in memory.",
      ),
      frame_bytes_max: key(
        bytes(limits.FRAME_BYTES),
        "64KiB",
        "Largest frame on a Unix stream (the Agent's is 8192); one that claims more closes the connection.",
      ),
      idle_timeout: key(
        duration(limits.STREAM_IDLE_MS, "never"),
        "1h",
        "A connection without a whole line for so long is closed. Long, because many clients lose what they send next.",
      ),
      socket_mode: key(fileMode, "0722", "Permissions of socket files, in quotes; who may write may send metrics."),
    },
    "Listeners with connections (tcp, unix), and socket files.",
  ),
  relay: RELAY,
  shutdown_deadline: key(duration(limits.SHUTDOWN_DEADLINE_MS), "5s", "How long a stop may take to drain and deliver."),
  idle: key(
    duration(limits.IDLE_MS),
    "10m",
    "A shard forgets a series that is idle longer; outputs have their own rules.",
  ),
  histogram: group(
    {
      significant_digits: key(
        choice(["2", "3"]),
        "2",
        "Precision of quantiles: 2 is within 0.8 %, 3 within 0.1 % for more memory.",
      ),
    },
    "How samples of histograms, timers and distributions are kept.",
  ),
  senders: group(
    {
      max: key(
        whole(limits.SENDERS),
        "1000",
        "How many senders a shard tells apart: exactly up to twice as many; of more, those with the most datagrams.",
      ),
    },
    "Who sends what: /api/senders.",
  ),
  limits: group(
    {
      series: key(whole(limits.SERIES), "1000000", 'Most series; a further one is folded into NAME{overflow="true"}.'),
      keys: optionalKey(
        whole(limits.KEYS),
        "Most spellings of series (order of tags, duplicates) that are remembered; by default twice limits.series.",
      ),
      key_bytes: key(bytes(limits.KEY_BYTES), "8192", "Longest name and tags together, as sent."),
      timestamped: key(
        whole(limits.TIMESTAMPED),
        "100000",
        "Most samples with their own timestamp kept for one flush.",
      ),
      specials: key(whole(limits.SPECIALS), "1000", "Most events, and most service checks, kept for one flush."),
    },
    "What bounds the memory.",
  ),
  prometheus,
  prometheus_remote_write: REMOTE_WRITE,
  datadog: DATADOG,
  hdr_log: HDR_LOG,
} satisfies Keys;

/** A configuration as read: the file's names, values in their units. */
export type Settings = Values<typeof SCHEMA>;
