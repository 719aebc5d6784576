import { nearest } from "../std/nearest.ts";
import type { Layer } from "./given.ts";
import { KEY_BY_VARIABLE } from "./keyspace.ts";
import { splitList } from "./values.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Names that the Datadog Agent reads for the same thing; where two feed one key, the first that is set wins. */
const SAME_AS_AGENT: readonly (readonly [variable: string, path: string])[] = [
  ["DD_API_KEY", "datadog.api_key"],
  ["DD_API_KEY_FILE", "datadog.api_key_file"],
  ["DD_SITE", "datadog.site"],
  ["DD_DD_URL", "datadog.url"],
  ["DD_URL", "datadog.url"],
  ["DD_HOSTNAME", "hostname"],
  ["DD_LOG_LEVEL", "log_level"],
  ["DD_STATSD_METRIC_NAMESPACE", "namespace"],
  ["DD_STATSD_METRIC_NAMESPACE_BLACKLIST", "namespace_exempt"],
  ["DD_METRIC_FILTERLIST_PREFIX", "filter.deny_prefix"],
  ["DD_METRIC_TAG_FILTERLIST", "tag_filter"],
  ["DD_DOGSTATSD_MAPPER_PROFILES", "mapping.profiles"],
  ["DD_HISTOGRAM_AGGREGATES", "datadog.histogram_aggregates"],
  ["DD_HISTOGRAM_PERCENTILES", "datadog.histogram_percentiles"],
  ["DD_HISTOGRAM_COPY_TO_DISTRIBUTION", "datadog.histogram_copy_to_distribution"],
  ["DD_HISTOGRAM_COPY_TO_DISTRIBUTION_PREFIX", "datadog.histogram_copy_to_distribution_prefix"],
  ["DD_FORWARDER_RETRY_QUEUE_PAYLOADS_MAX_SIZE", "datadog.retry_queue_bytes"],
  ["DD_FORWARDER_MAX_CONCURRENT_REQUESTS", "datadog.concurrency"],
  ["DD_ENABLE_PAYLOADS_EVENTS", "datadog.events"],
  ["DD_ENABLE_PAYLOADS_SERVICE_CHECKS", "datadog.service_checks"],
  ["DD_SERIALIZER_COMPRESSOR_KIND", "datadog.compression"],
  ["DD_DOGSTATSD_BUFFER_SIZE", "stream.frame_bytes_max"],
];

/** As above, for names whose value is a number of seconds. */
const SECONDS_AS_AGENT: typeof SAME_AS_AGENT = [
  ["DD_DOGSTATSD_EXPIRY_SECONDS", "datadog.counter_expiry"],
  ["DD_FORWARDER_TIMEOUT", "datadog.timeout"],
];

/** Names that are put together into one value; see the functions below. */
const COMPOSED = [
  "DD_TAGS",
  "DD_EXTRA_TAGS",
  "DD_DOGSTATSD_TAGS",
  "DD_ENV",
  "DD_DOGSTATSD_PORT",
  "DD_BIND_HOST",
  "DD_DOGSTATSD_NON_LOCAL_TRAFFIC",
  "DD_DOGSTATSD_SOCKET",
  "DD_DOGSTATSD_STREAM_SOCKET",
  "DD_DOGSTATSD_SO_RCVBUF",
  "DD_METRIC_FILTERLIST",
  "DD_METRIC_FILTERLIST_MATCH_PREFIX",
  "DD_STATSD_METRIC_BLOCKLIST",
  "DD_STATSD_METRIC_BLOCKLIST_MATCH_PREFIX",
  "DD_USE_V2_API_SERIES",
  "DD_DOGSTATSD_NO_AGGREGATION_PIPELINE",
  "DD_DOGSTATSD_EOL_REQUIRED",
] as const;

/** Every `DD_` name that is read, for the documentation. */
export const AGENT_VARIABLES: readonly string[] = [...SAME_AS_AGENT, ...SECONDS_AS_AGENT]
  .map(([name]) => name)
  .concat(COMPOSED);

/** Our key for a name of the Agent's configuration file: `dogstatsd_mapper_profiles` is `mapping.profiles`. */
export function keyOfAgent(name: string): string | undefined {
  const variable = `DD_${name.toUpperCase()}`;
  return [...SAME_AS_AGENT, ...SECONDS_AS_AGENT].find(([known]) => known === variable)?.[1];
}

export interface EnvironmentLayer {
  readonly layer: Layer;
  /** Added to the tags of whichever layer wins, as in the Agent: by DD_EXTRA_TAGS, DD_DOGSTATSD_TAGS and DD_ENV. */
  readonly extraTags: Layer;
  readonly warnings: readonly string[];
}

/** Reads `TALLYD_*` and the Agent's `DD_*` names; ours win where both are set. An empty variable counts as not set. */
export function readEnvironment(environment: Environment): EnvironmentLayer {
  const layer: Layer = new Map();
  const set = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const give = (path: string, origin: string, value: unknown): void => {
    if (value !== undefined && !layer.has(path)) layer.set(path, { value, origin });
  };
  for (const [name, path] of KEY_BY_VARIABLE) give(path, name, set(name));
  for (const [name, path] of SAME_AS_AGENT) give(path, name, set(name));
  for (const [name, path] of SECONDS_AS_AGENT) give(path, name, withSeconds(set(name)));
  give("listen", LISTEN_VARIABLES.filter((name) => set(name) !== undefined).join(", "), agentListeners(set));
  give("tags", "DD_TAGS", set("DD_TAGS"));
  // The Agent's 0 means the system's default; ours is larger, because bursts wait there.
  const buffer = set("DD_DOGSTATSD_SO_RCVBUF");
  give("receive_buffer", "DD_DOGSTATSD_SO_RCVBUF", buffer === "0" ? undefined : buffer);
  for (const name of ["DD_METRIC_FILTERLIST", "DD_STATSD_METRIC_BLOCKLIST"]) {
    give("filter.deny", name, denyList(set(name), isTrue(set(`${name}_MATCH_PREFIX`))));
  }
  if (isFalse(set("DD_DOGSTATSD_NO_AGGREGATION_PIPELINE"))) {
    give("timestamps", "DD_DOGSTATSD_NO_AGGREGATION_PIPELINE", "ignore");
  }
  // The Agent's list of transports (udp, uds); here one answer serves all.
  const ended = splitList(set("DD_DOGSTATSD_EOL_REQUIRED"));
  if (ended !== undefined && ended.length > 0) give("eol_required", "DD_DOGSTATSD_EOL_REQUIRED", "true");
  if (isFalse(set("DD_USE_V2_API_SERIES"))) give("datadog.series_api", "DD_USE_V2_API_SERIES", "v1");
  return { layer, extraTags: extraTags(set), warnings: warningsOf(environment) };
}

type Lookup = (name: string) => string | undefined;

function withSeconds(text: string | undefined): string | undefined {
  return text !== undefined && /^\d+(?:\.\d+)?$/.test(text) ? `${text}s` : text;
}

function isTrue(text: string | undefined): boolean {
  return text !== undefined && /^(?:true|1|yes|on)$/i.test(text);
}

function isFalse(text: string | undefined): boolean {
  return text !== undefined && /^(?:false|0|no|off)$/i.test(text);
}

const LISTEN_VARIABLES = [
  "DD_DOGSTATSD_PORT",
  "DD_BIND_HOST",
  "DD_DOGSTATSD_NON_LOCAL_TRAFFIC",
  "DD_DOGSTATSD_SOCKET",
  "DD_DOGSTATSD_STREAM_SOCKET",
] as const;

/** UDP, and a socket file for datagrams and one for streams, as the Agent listens; its port 0 means no UDP. */
function agentListeners(set: Lookup): string[] | undefined {
  const [port, host] = [set("DD_DOGSTATSD_PORT"), set("DD_BIND_HOST")];
  const everywhere = isTrue(set("DD_DOGSTATSD_NON_LOCAL_TRAFFIC"));
  const [datagrams, streams] = [set("DD_DOGSTATSD_SOCKET"), set("DD_DOGSTATSD_STREAM_SOCKET")];
  const sockets: string[] = [];
  if (datagrams !== undefined) sockets.push(`unixgram://${datagrams}`);
  if (streams !== undefined) sockets.push(`unix://${streams}`);
  if (port === undefined && host === undefined && !everywhere && sockets.length === 0) return undefined;
  if (port === "0" && sockets.length > 0) return sockets;
  const name = everywhere ? "0.0.0.0" : (host ?? "127.0.0.1");
  const udp = `udp://${name.includes(":") && !name.startsWith("[") ? `[${name}]` : name}:${port ?? "8125"}`;
  return [udp, ...sockets];
}

function denyList(text: string | undefined, prefixes: boolean): unknown {
  if (text === undefined) return undefined;
  const entries = splitList(text);
  // As in the Agent, an empty list leaves the word to the older name of the option.
  if (entries?.length === 0) return undefined;
  return prefixes && entries !== undefined ? entries.map((entry) => `${String(entry)}*`) : (entries ?? text);
}

function extraTags(set: Lookup): Layer {
  const extra: Layer = new Map();
  for (const name of ["DD_EXTRA_TAGS", "DD_DOGSTATSD_TAGS"]) {
    const value = set(name);
    if (value !== undefined) extra.set(name, { value, origin: name });
  }
  const environment = set("DD_ENV");
  if (environment !== undefined) extra.set("DD_ENV", { value: [`env:${environment}`], origin: "DD_ENV" });
  return extra;
}

/** Kubernetes sets these in every container beside a service called tallyd; they are nobody's typing error. */
const SET_BY_KUBERNETES = /^TALLYD_(?:.*_)?(?:SERVICE_(?:HOST|PORT)|PORT)(?:_|$)/;
const READ_ELSEWHERE = new Set(["TALLYD_CONFIG", "TALLYD_REAL_PARTS"]);

/** What the Agent would do because of them is not done here, which somebody who comes from there should know. */
const NOT_READ: readonly (readonly [variable: string, instead: string])[] = [
  ["DD_ADDITIONAL_ENDPOINTS", "tallyd sends to one intake"],
  ["DD_PROXY_HTTP", "tallyd connects to the intake itself; name a proxy that passes requests on as datadog.url"],
  ["DD_PROXY_HTTPS", "tallyd connects to the intake itself; name a proxy that passes requests on as datadog.url"],
  ["DD_SKIP_SSL_VALIDATION", "certificates are always checked; NODE_EXTRA_CA_CERTS names a file with one to trust"],
];

function warningsOf(environment: Environment): string[] {
  const warnings = NOT_READ.flatMap(([name, instead]) => {
    const value = environment[name]?.trim() ?? "";
    return value === "" || isFalse(value) ? [] : `${name} is not read: ${instead}`;
  });
  for (const name of Object.keys(environment)) {
    if (!name.startsWith("TALLYD_") || KEY_BY_VARIABLE.has(name)) continue;
    if (READ_ELSEWHERE.has(name) || SET_BY_KUBERNETES.test(name)) continue;
    const guess = nearest(name, KEY_BY_VARIABLE.keys());
    warnings.push(
      `the environment variable ${name} means nothing to tallyd${guess === undefined ? "" : `; did you mean ${guess}?`}`,
    );
  }
  if (environment["DD_SERIALIZER_COMPRESSOR_KIND"]?.trim().toLowerCase() === "zstd") {
    warnings.push(
      "DD_SERIALIZER_COMPRESSOR_KIND=zstd: zstd is not written; deflate is used, which every receiver reads",
    );
  }
  return warnings;
}
