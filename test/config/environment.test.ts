import { describe, expect, it } from "vitest";
import { AGENT_VARIABLES } from "../../src/config/environment.ts";
import { KEYS } from "../../src/config/keyspace.ts";
import { keyTable } from "../../src/config/reference.ts";
import { load, refuse } from "./support.ts";

const KEY = "0123456789abcdef0123456789abcdef";

describe("the Datadog Agent's names", () => {
  it.each([
    ["DD_API_KEY", ` ${KEY}\n`, (c: Config) => [c.datadog.enabled, c.datadog.apiKey?.reveal()], [true, KEY]],
    ["DD_API_KEY_FILE", "/run/key", (c: Config) => [c.datadog.enabled, c.datadog.apiKeyFile], [true, "/run/key"]],
    ["DD_SITE", "us5.datadoghq.com", (c: Config) => c.datadog.site, "us5.datadoghq.com"],
    ["DD_SITE", " https://app.datadoghq.eu/ ", (c: Config) => c.datadog.site, "datadoghq.eu"],
    ["DD_SITE", "api.us3.datadoghq.com.", (c: Config) => c.datadog.site, "us3.datadoghq.com"],
    ["DD_HOSTNAME", "web-1", (c: Config) => [c.hostname, c.datadog.hostname], ["web-1", "web-1"]],
    ["DD_TAGS", "env:a team:b,c", (c: Config) => c.policy.globalTags, ["env:a", "team:b", "c"]],
    ["DD_TAGS", '["env:a","team:b c"]', (c: Config) => c.policy.globalTags, ["env:a", "team:b c"]],
    ["DD_EXTRA_TAGS", "x:1", (c: Config) => c.policy.globalTags, ["x:1"]],
    ["DD_DOGSTATSD_TAGS", "x:1 y:2", (c: Config) => c.policy.globalTags, ["x:1", "y:2"]],
    ["DD_ENV", "prod", (c: Config) => c.policy.globalTags, ["env:prod"]],
    ["DD_LOG_LEVEL", "CRITICAL", (c: Config) => c.logLevel, "fatal"],
    ["DD_LOG_LEVEL", "off", (c: Config) => c.logLevel, "silent"],
    ["DD_DOGSTATSD_NO_AGGREGATION_PIPELINE", "false", (c: Config) => c.readsTimestamps, false],
    ["DD_DOGSTATSD_NO_AGGREGATION_PIPELINE", "true", (c: Config) => c.readsTimestamps, true],
    ["DD_DOGSTATSD_EOL_REQUIRED", "udp uds", (c: Config) => c.requiresEnd, true],
    ["DD_DOGSTATSD_EOL_REQUIRED", "[]", (c: Config) => c.requiresEnd, false],
    ["DD_DOGSTATSD_PORT", "9125", (c: Config) => c.listen, ["udp://127.0.0.1:9125"]],
    ["DD_BIND_HOST", "::1", (c: Config) => c.listen, ["udp://[::1]:8125"]],
    ["DD_DOGSTATSD_NON_LOCAL_TRAFFIC", "true", (c: Config) => c.listen, ["udp://0.0.0.0:8125"]],
    ["DD_DOGSTATSD_SOCKET", "/run/a.sock", (c: Config) => c.listen, ["udp://127.0.0.1:8125", "unixgram:///run/a.sock"]],
    [
      "DD_DOGSTATSD_STREAM_SOCKET",
      "/run/a.sock",
      (c: Config) => c.listen,
      ["udp://127.0.0.1:8125", "unix:///run/a.sock"],
    ],
    ["DD_DOGSTATSD_BUFFER_SIZE", "8192", (c: Config) => c.stream.frameBytesMax, 8_192],
    ["DD_DOGSTATSD_NON_LOCAL_TRAFFIC", "false", (c: Config) => c.listen, ["udp://127.0.0.1:8125"]],
    ["DD_DOGSTATSD_SO_RCVBUF", "65536", (c: Config) => c.receiveBufferBytes, 65_536],
    ["DD_DOGSTATSD_SO_RCVBUF", "0", (c: Config) => c.receiveBufferBytes, 16_777_216],
    ["DD_STATSD_METRIC_NAMESPACE", "shop", (c: Config) => c.policy.namespace, "shop."],
    ["DD_METRIC_FILTERLIST", "a.b c", (c: Config) => c.policy.deny, ["a.b", "c"]],
    ["DD_STATSD_METRIC_BLOCKLIST", '["a.b"]', (c: Config) => c.policy.deny, ["a.b"]],
    ["DD_STATSD_METRIC_NAMESPACE_BLACKLIST", "kafka my", (c: Config) => c.policy.namespaceExempt, ["kafka", "my"]],
    [
      "DD_METRIC_FILTERLIST_PREFIX",
      '[{"prefix":"a.","except_prefix":["a.b."],"except_exact":["a.c"]},{"prefix":"d"}]',
      (c: Config) => c.policy.denyPrefixes,
      [
        { prefix: "a.", exceptPrefixes: ["a.b."], exceptNames: ["a.c"] },
        { prefix: "d", exceptPrefixes: [], exceptNames: [] },
      ],
    ],
    [
      "DD_METRIC_TAG_FILTERLIST",
      '[{"metric_name":"a","tags":["x","y"]},{"metric_name":"b","action":"include","tags":["z"]}]',
      (c: Config) => c.policy.tagRules,
      [
        { metric: "a", action: "exclude", tags: ["x", "y"] },
        { metric: "b", action: "include", tags: ["z"] },
      ],
    ],
    ["DD_DOGSTATSD_MAPPER_PROFILES", '[{"name":"a"}]', (c: Config) => c.mapperProfiles, '[{"name":"a"}]'],
    ["DD_HISTOGRAM_AGGREGATES", "max sum", (c: Config) => c.datadog.histogramAggregates, ["max", "sum"]],
    ["DD_ENABLE_PAYLOADS_EVENTS", "false", (c: Config) => c.datadog.sendsEvents, false],
    ["DD_ENABLE_PAYLOADS_SERVICE_CHECKS", "false", (c: Config) => c.datadog.sendsServiceChecks, false],
    ["DD_HISTOGRAM_COPY_TO_DISTRIBUTION", "true", (c: Config) => c.datadog.histogramCopyPrefix, ""],
    ["DD_HISTOGRAM_COPY_TO_DISTRIBUTION_PREFIX", "d.", (c: Config) => c.datadog.histogramCopyPrefix, undefined],
    ["DD_HISTOGRAM_PERCENTILES", "0.95 0.99", (c: Config) => c.datadog.histogramPercentiles, [0.95, 0.99]],
    ["DD_DOGSTATSD_EXPIRY_SECONDS", "60", (c: Config) => c.datadog.counterExpirySeconds, 60],
    ["DD_FORWARDER_TIMEOUT", "5", (c: Config) => c.datadog.timeoutMs, 5_000],
    ["DD_SERIALIZER_COMPRESSOR_KIND", "zlib", (c: Config) => c.datadog.compression, "deflate"],
    ["DD_USE_V2_API_SERIES", "false", (c: Config) => c.datadog.seriesApi, "v1"],
  ])("%s=%j is understood", (name, value, read, want) => {
    expect(AGENT_VARIABLES).toContain(name);
    expect(read(load({ environment: { [name]: value } }).config)).toEqual(want);
  });

  it("DD_DD_URL wins over DD_URL", () => {
    const environment = { DD_API_KEY: KEY, DD_URL: "http://one", DD_DD_URL: "http://two/prefix/" };
    expect(load({ environment }).config.datadog.url).toBe("http://two/prefix");
  });

  it("join the port, the address and the word for all addresses into one listener", () => {
    const environment = { DD_DOGSTATSD_PORT: "1", DD_BIND_HOST: "10.0.0.1", DD_DOGSTATSD_NON_LOCAL_TRAFFIC: "true" };
    expect(load({ environment }).config.listen).toEqual(["udp://0.0.0.0:1"]);
  });

  it("deny prefixes when they say so", () => {
    const environment = { DD_METRIC_FILTERLIST: "a.b c.", DD_METRIC_FILTERLIST_MATCH_PREFIX: "true" };
    expect(load({ environment }).config.policy.deny).toEqual(["a.b*", "c.*"]);
  });

  it("let the older name of the filter list speak where the newer is an empty list", () => {
    const environment = { DD_METRIC_FILTERLIST: "[]", DD_STATSD_METRIC_BLOCKLIST: "a" };
    expect(load({ environment }).config.policy.deny).toEqual(["a"]);
  });

  it("add tags to those of the file, except an env where there is one", () => {
    const environment = { DD_EXTRA_TAGS: "x:1", DD_ENV: "prod" };
    expect(load({ file: "tags: [a:1]", environment }).config.policy.globalTags).toEqual(["a:1", "x:1", "env:prod"]);
    expect(load({ file: "tags: [env:test]", environment }).config.policy.globalTags).toEqual(["env:test", "x:1"]);
  });

  it("replace the tags of the file by DD_TAGS", () => {
    expect(load({ file: "tags: [a:1]", environment: { DD_TAGS: "b:2" } }).config.policy.globalTags).toEqual(["b:2"]);
  });
});

describe("our own names", () => {
  it("exist for every key, and no two are the same", () => {
    expect(new Set(KEYS.map(({ variable }) => variable)).size).toBe(KEYS.length);
    const { config } = load({ environment: { TALLYD_PROMETHEUS_WINDOW_MAX_AGE: "5m", TALLYD_FILTER_ALLOW: "a.* b" } });
    expect([config.prometheus.windowMs, config.policy.allow]).toEqual([300_000, ["a.*", "b"]]);
  });

  it("win over the Agent's", () => {
    const environment = {
      TALLYD_LISTEN: "udp://127.0.0.1:1",
      DD_DOGSTATSD_PORT: "2",
      TALLYD_HOSTNAME: "a",
      DD_HOSTNAME: "b",
    };
    const { config } = load({ environment });
    expect([config.listen, config.hostname]).toEqual([["udp://127.0.0.1:1"], "a"]);
  });

  it("count as not set when they are empty", () => {
    expect(load({ environment: { TALLYD_HTTP: "", DD_API_KEY: " " } }).config.datadog.enabled).toBe(false);
  });

  it("warn of a name that means nothing, but not of those that Kubernetes sets", () => {
    const environment = {
      TALLYD_FLUSH_INTERVALL: "1s",
      TALLYD_PORT: "tcp://10.0.0.1:8125",
      TALLYD_SERVICE_HOST: "x",
      TALLYD_CONFIG: "f",
    };
    expect(load({ environment }).warnings).toEqual([
      "the environment variable TALLYD_FLUSH_INTERVALL means nothing to tallyd; did you mean TALLYD_FLUSH_INTERVAL?",
    ]);
  });
});

describe("warnings", () => {
  it.each([
    [
      { DD_SITE: "app.datadoghq.eu", DD_API_KEY: KEY },
      'DD_SITE gives the site as "app.datadoghq.eu"; datadoghq.eu is used',
    ],
    [
      { DD_SITE: "datadohq.eu", DD_API_KEY: KEY },
      "datadohq.eu is no Datadog site known to tallyd; it is used as it is (datadoghq.eu?)",
    ],
    [{ DD_SITE: "datadoghq.eu" }, "DD_SITE names a Datadog site, but there is no API key: nothing is sent to Datadog"],
    [
      { DD_API_KEY: KEY, DD_API_KEY_FILE: "f" },
      "both datadog.api_key and datadog.api_key_file are set; the key itself is used, the file is not read",
    ],
    [
      { DD_ADDITIONAL_ENDPOINTS: `{"https://app.datadoghq.eu":["${KEY}"]}`, DD_SKIP_SSL_VALIDATION: "false" },
      "DD_ADDITIONAL_ENDPOINTS is not read: tallyd sends to one intake",
    ],
  ])("%j: %s", (environment, want) => {
    expect(load({ environment }).warnings).toEqual([want]);
  });
});

it("names the variable that a wrong value came from", () => {
  expect(refuse({ environment: { DD_DOGSTATSD_PORT: "many" } })[0]?.slice(0, 2)).toEqual([
    "listen[0]",
    "DD_DOGSTATSD_PORT",
  ]);
});

it("prints no key with the configuration", () => {
  const { config } = load({ environment: { DD_API_KEY: KEY } });
  expect(JSON.stringify(config)).not.toContain(KEY);
});

it("documents every key in one table", () => {
  const rows = keyTable().split("\n").slice(2);
  expect(rows).toHaveLength(KEYS.length);
  expect(rows.every((row) => / \| `TALLYD_[A-Z_]+` \| \S.+ \|$/.test(row))).toBe(true);
});

type Config = ReturnType<typeof load>["config"];
