import { deepFreeze } from "../std/freeze.ts";
import type { StreamLimits } from "../model/transport.ts";
import type { Dialects } from "../model/dialect.ts";
import type { LogFormat, LogLevel } from "../std/log.ts";
import type { Secret } from "../std/secret.ts";
import type { HostPort } from "./address.ts";
import { SHARDS_AUTO_MAX } from "./limits.ts";
import type { YamlText } from "./mapping-keys.ts";
import type { DenyPrefix, TagFilterRule } from "./rules.ts";
import { shapeRemoteWrite } from "./remote-write.ts";
import type { RemoteWriteConfig } from "./remote-write.ts";
import type { Settings } from "./schema.ts";

/** Everything that the process was told, checked, in the units of the code. Frozen all the way down. */
export interface Config {
  /** `udp://host:port`, `tcp://host:port`, `unix://path`, `unixgram://path` or `fd://number`, at least one. */
  readonly listen: readonly string[];
  readonly http: HostPort;
  readonly web: {
    readonly configFile: string | undefined;
    readonly metricsPath: string;
    readonly lifecycle: boolean;
  };
  readonly shards: number;
  /** Whole seconds. */
  readonly flushIntervalMs: number;
  readonly drainIntervalMs: number;
  readonly shutdownDeadlineMs: number;
  readonly logLevel: LogLevel;
  readonly logFormat: "auto" | LogFormat;
  readonly hostname: string;
  readonly receiveBufferBytes: number;
  readonly stream: StreamLimits;
  /** How UDP is read; auto finds out at the start what works. */
  readonly transport: "auto" | "batch" | "dgram";
  /** Where raw lines are passed on to; undefined = nowhere. */
  readonly relay: (HostPort & { readonly packetBytesMax: number }) | undefined;
  readonly gaugeSign: "auto" | "absolute" | "step";
  readonly dialects: Dialects;
  /** False: the timestamp of a sample is passed over. */
  readonly readsTimestamps: boolean;
  /** True: a datagram's last line must end in a line feed. */
  readonly requiresEnd: boolean;
  /** Shard side: a series or key that is idle longer is forgotten. */
  readonly idleMs: number;
  readonly histogram: {
    readonly digits: 2 | 3;
    /** Of series that are shown as histograms by default; empty = none are. */
    readonly bounds: readonly number[];
    /** Of series that a rule makes a histogram without saying its buckets. */
    readonly buckets: readonly number[];
  };
  readonly limits: {
    readonly seriesMax: number;
    readonly keysMax: number;
    readonly keyBytesMax: number;
    readonly timestampedMax: number;
    readonly specialsMax: number;
    readonly sendersMax: number;
  };
  readonly policy: {
    readonly globalTags: readonly string[];
    readonly namespace: string;
    readonly allow: readonly string[];
    readonly deny: readonly string[];
    readonly denyPrefixes: readonly DenyPrefix[];
    readonly namespaceExempt: readonly string[];
    readonly tagRules: readonly TagFilterRule[];
    readonly originTags: Settings["origin_tags"];
  };
  /** As given: policy reads them, because a fault in them must not stop the server. */
  readonly mapperProfiles: unknown;
  /** Where statsd_exporter's rules are; they are read with the files. */
  readonly mapping: {
    readonly files: readonly string[];
    readonly defaults: YamlText | undefined;
    readonly rules: YamlText | undefined;
  };
  readonly prometheus: PrometheusConfig;
  /** Apart from `prometheus`, because a preview must not read the state. */
  readonly lifetime: { readonly remainsMax: number; readonly stateFile: string | undefined };
  readonly remoteWrite: RemoteWriteConfig;
  readonly datadog: DatadogConfig;
  readonly hdrLog: HdrLogConfig | undefined;
}

export interface PrometheusConfig {
  readonly enabled: boolean;
  readonly naming: "conventional" | "exact";
  readonly quantiles: readonly number[];
  readonly timestamped: "drop" | "now";
  readonly valuelessTags: "true" | "drop";
  readonly names: "legacy" | "utf8";
  readonly createdSamples: boolean;
  readonly zeroFirstMs: number;
  readonly exemplarTag: string;
  readonly lastSeen: "off" | "gauges" | "all";
  readonly targetInfo: boolean;
  readonly native: { readonly mode: "off" | "asked" | "beside" | "only"; readonly bucketsMax: number };
  readonly globalTags: readonly string[];
  readonly windowMs: number;
  readonly ageBuckets: number;
  readonly ttlMs: Readonly<Record<"counter" | "gauge" | "set" | "histogram", number>>;
  readonly seriesMax: number;
}

export interface HdrLogConfig {
  readonly directory: string;
  readonly patterns: readonly string[];
  readonly factor: number;
  readonly fileBytesMax: number;
  readonly fileAgeMaxMs: number;
  readonly filesMax: number;
  readonly seriesMax: number;
}

export interface DatadogConfig {
  /** True with a key or a key file. */
  readonly enabled: boolean;
  readonly apiKey: Secret | undefined;
  readonly apiKeyFile: string | undefined;
  readonly site: string;
  readonly url: string | undefined;
  readonly hostname: string;
  readonly intervalSeconds: number;
  readonly histogramAggregates: readonly ("max" | "min" | "median" | "avg" | "sum" | "count")[];
  readonly histogramPercentiles: readonly number[];
  readonly histogramCopyPrefix: string | undefined;
  readonly counterExpirySeconds: number;
  readonly timeoutMs: number;
  readonly concurrencyMax: number;
  readonly retryQueueBytes: number;
  readonly retryAgeMaxMs: number;
  readonly compression: "deflate" | "gzip" | "none";
  readonly seriesApi: "v1" | "v2";
  readonly sendsEvents: boolean;
  readonly sendsServiceChecks: boolean;
  readonly seriesMax: number;
  readonly timestampedMax: number;
  readonly specialsMax: number;
}

/** Clients in several languages or versions spell a series in a few ways; more than two on average is rare. */
const KEYS_PER_SERIES = 2;

/** What the configuration needs to know of the machine. */
export interface Machine {
  readonly hostname: string;
  readonly cores: number;
  /** Of this process: sockets that systemd hands over are meant for one process only. */
  readonly pid?: number;
}

/** The configuration in the shapes that the rest of the code takes. */
export function shapeConfig(settings: Settings, machine: Machine): Config {
  const { limits, filter } = settings;
  const shardsAuto = Math.min(Math.max(machine.cores - 1, 1), SHARDS_AUTO_MAX);
  return deepFreeze<Config>({
    listen: settings.listen,
    http: settings.http,
    web: {
      configFile: settings.web.config_file,
      metricsPath: settings.web.metrics_path,
      lifecycle: settings.web.lifecycle,
    },
    shards: settings.shards === "auto" ? shardsAuto : settings.shards,
    flushIntervalMs: settings.flush_interval,
    drainIntervalMs: settings.drain_interval,
    shutdownDeadlineMs: settings.shutdown_deadline,
    logLevel: settings.log_level,
    logFormat: settings.log_format,
    hostname: settings.hostname ?? machine.hostname,
    transport: settings.transport,
    receiveBufferBytes: settings.receive_buffer,
    stream: {
      connectionsMax: settings.stream.connections_max,
      lineBytesMax: settings.stream.line_bytes_max,
      frameBytesMax: settings.stream.frame_bytes_max,
      idleMs: settings.stream.idle_timeout,
      socketMode: settings.stream.socket_mode,
    },
    relay: settings.relay.address && { ...settings.relay.address, packetBytesMax: settings.relay.packet_length },
    gaugeSign: settings.gauge_sign,
    dialects: settings.dialects,
    readsTimestamps: settings.timestamps === "read",
    requiresEnd: settings.eol_required,
    idleMs: settings.idle,
    histogram: {
      digits: settings.histogram.significant_digits === "3" ? 3 : 2,
      bounds: settings.prometheus.histograms === "histogram" ? settings.prometheus.buckets : [],
      buckets: settings.prometheus.buckets,
    },
    limits: {
      seriesMax: limits.series,
      keysMax: limits.keys ?? KEYS_PER_SERIES * limits.series,
      keyBytesMax: limits.key_bytes,
      timestampedMax: limits.timestamped,
      specialsMax: limits.specials,
      sendersMax: settings.senders.max,
    },
    policy: {
      globalTags: settings.tags,
      namespace: settings.namespace,
      namespaceExempt: settings.namespace_exempt,
      allow: filter.allow,
      deny: filter.deny,
      denyPrefixes: filter.deny_prefix,
      tagRules: settings.tag_filter,
      originTags: settings.origin_tags,
    },
    mapperProfiles: settings.mapping.profiles,
    mapping: {
      files: settings.prometheus.mapping_config,
      defaults: settings.prometheus.mapping_defaults,
      rules: settings.prometheus.mappings,
    },
    prometheus: shapePrometheus(settings),
    lifetime: { remainsMax: settings.prometheus.remember, stateFile: settings.prometheus.state_file },
    remoteWrite: shapeRemoteWrite(settings.prometheus_remote_write, settings.hostname ?? machine.hostname),
    datadog: shapeDatadog(settings, machine),
    hdrLog: shapeHdrLog(settings),
  });
}

function shapePrometheus({ prometheus, limits, tags }: Settings): PrometheusConfig {
  return {
    enabled: prometheus.enabled,
    naming: prometheus.naming,
    quantiles: prometheus.quantiles,
    timestamped: prometheus.timestamped,
    valuelessTags: prometheus.valueless_tags,
    names: prometheus.names,
    createdSamples: prometheus.created_samples,
    zeroFirstMs: prometheus.zero_first,
    exemplarTag: prometheus.exemplar_tag ?? "",
    lastSeen: prometheus.last_seen,
    targetInfo: prometheus.target_info,
    native: { mode: prometheus.native_histograms.mode, bucketsMax: prometheus.native_histograms.buckets_max },
    globalTags: tags,
    windowMs: prometheus.window.max_age,
    ageBuckets: prometheus.window.age_buckets,
    ttlMs: prometheus.ttl,
    seriesMax: limits.series,
  };
}

function shapeDatadog({ datadog, limits, ...settings }: Settings, machine: Machine): DatadogConfig {
  return {
    enabled: datadog.api_key !== undefined || datadog.api_key_file !== undefined,
    apiKey: datadog.api_key,
    apiKeyFile: datadog.api_key_file,
    site: datadog.site,
    url: datadog.url,
    hostname: settings.hostname ?? machine.hostname,
    intervalSeconds: settings.flush_interval / 1_000,
    histogramAggregates: datadog.histogram_aggregates,
    histogramPercentiles: datadog.histogram_percentiles,
    histogramCopyPrefix: datadog.histogram_copy_to_distribution
      ? (datadog.histogram_copy_to_distribution_prefix ?? "")
      : undefined,
    counterExpirySeconds: datadog.counter_expiry / 1_000,
    timeoutMs: datadog.timeout,
    concurrencyMax: datadog.concurrency,
    retryQueueBytes: datadog.retry_queue_bytes,
    retryAgeMaxMs: datadog.retry_age_max,
    compression: datadog.compression,
    seriesApi: datadog.series_api,
    sendsEvents: datadog.events,
    sendsServiceChecks: datadog.service_checks,
    seriesMax: limits.series,
    timestampedMax: limits.timestamped,
    specialsMax: limits.specials,
  };
}

function shapeHdrLog({ hdr_log: log }: Settings): HdrLogConfig | undefined {
  if (log.directory === undefined) return undefined;
  return {
    directory: log.directory,
    patterns: log.series,
    factor: log.factor,
    fileBytesMax: log.file_bytes_max,
    fileAgeMaxMs: log.file_age_max,
    filesMax: log.files_max,
    seriesMax: log.series_max,
  };
}
