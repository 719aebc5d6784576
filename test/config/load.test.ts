import { describe, expect, it } from "vitest";
import { DIALECTS_DEFAULT } from "../../src/model/dialect.ts";
import type { DatadogOptions } from "../../src/output/datadog/options.ts";
import type { PrometheusOptions } from "../../src/output/prometheus/options.ts";
import type { LayoutOptions } from "../../src/policy/layout.ts";
import type { PolicyOptions } from "../../src/policy/policy.ts";
import { formatError } from "../../src/config/given.ts";
import { load, problems, refuse } from "./support.ts";

describe("the configuration", () => {
  it("needs nothing: by default it listens on loopback only and sends nothing away", () => {
    const { config, warnings } = load({});
    expect(config.listen).toEqual(["udp://127.0.0.1:8125"]);
    expect(config.http).toEqual({ host: "127.0.0.1", port: 9102 });
    expect(config.datadog.enabled).toBe(false);
    expect(config.flushIntervalMs).toBe(10_000);
    expect(warnings).toEqual([]);
  });

  it("reads tag dialects on auto, and takes true and false as YAML writes them", () => {
    expect(load({}).config.dialects).toEqual(DIALECTS_DEFAULT);
    const file = "dialects: {dogstatsd: no, signalfx: true, librato: false, influxdb: 'off', graphite: auto}";
    expect(load({ file }).config.dialects).toEqual({
      dogstatsd: false,
      signalfx: "true",
      librato: "false",
      influxdb: "false",
      graphite: "auto",
    });
  });

  it("has the shapes that policy, layouts and outputs take", () => {
    const { config } = load({});
    const policy: Omit<PolicyOptions, "layoutPlain" | "layoutTimer" | "profiles"> = config.policy;
    const layout: LayoutOptions = config.histogram;
    const prometheus: Omit<PrometheusOptions, "layouts"> = config.prometheus;
    const datadog: Omit<DatadogOptions, "layouts" | "userAgent"> = config.datadog;
    expect([policy.globalTags, layout.digits, prometheus.quantiles, datadog.intervalSeconds]).toEqual([
      [],
      2,
      [0.5, 0.9, 0.95, 0.99],
      10,
    ]);
  });

  it("is frozen all the way down", () => {
    const { config } = load({});
    expect(() => Object.assign(config.prometheus.ttlMs, { gauge: 1 })).toThrow(TypeError);
    expect(Object.isFrozen(config.policy.globalTags)).toBe(true);
  });

  it.each([
    [1, 1],
    [2, 1],
    [4, 3],
    [64, 8],
  ])("on %i cores takes %i shards by itself", (cores, want) => {
    expect(load({ machine: { hostname: "h", cores } }).config.shards).toBe(want);
  });

  it("prefers a flag to the environment, that to the file, and that to the default", () => {
    const file = "flush_interval: 20s\nlog_level: debug\nshards: 2\n";
    const environment = { TALLYD_FLUSH_INTERVAL: "30s", DD_LOG_LEVEL: "WARNING" };
    const { config } = load({ file, environment, flags: { flush_interval: "40s" } });
    expect([config.flushIntervalMs, config.logLevel, config.shards, config.drainIntervalMs]).toEqual([
      40_000,
      "warn",
      2,
      1_000,
    ]);
  });

  it("reports an overridden value of the file no more, because it is not used", () => {
    expect(load({ file: "flush_interval: never", flags: { flush_interval: "40s" } }).config.flushIntervalMs).toBe(
      40_000,
    );
  });

  it("gives exact bounds to histograms only where Prometheus shows histograms", () => {
    const file = "prometheus: {buckets: [1, 2.5]}";
    expect(load({ file }).config.histogram.bounds).toEqual([]);
    expect(load({ file: "prometheus: {buckets: [1, 2.5], histograms: histogram}" }).config.histogram.bounds).toEqual([
      1, 2.5,
    ]);
  });

  it("remembers twice as many keys as series unless told otherwise", () => {
    expect(load({ file: "limits: {series: 5000000}" }).config.limits.keysMax).toBe(10_000_000);
  });

  it.each([
    ["a comment", "# nothing yet\n"],
    ["a key without a value", "tags:\n"],
    ["a group without keys", "prometheus:\n  # naming: exact\n"],
    ["nothing", ""],
  ])("takes a file of %s", (_, file) => {
    expect(load({ file }).config.policy.globalTags).toEqual([]);
  });
});

describe("wrong configurations", () => {
  it("come with every error at once, each with key, line, value and remedy", () => {
    const file = [
      "lisen: x",
      "flush_interval: 10",
      "prometheus:",
      "  quantiles: [0.5, 2, 0.9, x]",
      "limits: {keys: 5}",
      "datadog: {url: 'http://127.0.0.1:1'}",
    ].join("\n");
    const environment = { DD_FORWARDER_TIMEOUT: "soon" };
    expect(refuse({ file, environment, flags: { shards: "0" } })).toEqual([
      ["lisen", "tallyd.yaml line 1", "", "is an unknown key", "did you mean listen?"],
      ["shards", "--shards", '"0"', "is no number of shards", "write 1 to 64, or auto"],
      ["flush_interval", "tallyd.yaml line 2", "10", "has no unit", expect.stringContaining("10s for seconds")],
      ["prometheus.quantiles[1]", "tallyd.yaml line 4", "2", "is too large", "write 0 to 1"],
      ["prometheus.quantiles[3]", "tallyd.yaml line 4", '"x"', "is not a number", "write a number from 0 to 1"],
      ["datadog.timeout", "DD_FORWARDER_TIMEOUT", '"soon"', "is not a duration", expect.stringContaining("10s")],
      ["limits.keys", "tallyd.yaml line 5", "5", "is less than limits.series", expect.stringContaining("twice")],
      [
        "datadog.url",
        "tallyd.yaml line 6",
        '"http://127.0.0.1:1"',
        "has no API key to go with it",
        expect.stringContaining("DD_API_KEY"),
      ],
    ]);
  });

  it.each([
    ["flush_interval: 1500ms", "is not a whole number of seconds"],
    ["flush_interval: 2h", "is too large"],
    ["drain_interval: 20s", "is longer than flush_interval"],
    ["listen: []", "has no entries"],
    ["listen: 127.0.0.1:8125", "is not a listener"],
    ["listen: http://127.0.0.1:8125", "has the unknown scheme http"],
    ["stream: {socket_mode: 722}", "is read as a number"],
    ["stream: {socket_mode: '0999'}", "is no file mode"],
    ["stream: {line_bytes_max: 64KiB}", "is too large"],
    ["stream: {idle_timeout: 100ms}", "is too small"],
    ["listen: udp://127.0.0.1", "has no valid host and port"],
    ["listen: udp://127.0.0.1:65536", "has no valid host and port"],
    ["http: 9102", "is not HOST:PORT"],
    ["shards: 65", "is no number of shards"],
    ["log_level: verbose", "is not one of the choices"],
    ["hostname: a b", "is not a host name"],
    ["tags: ['a,b']", "has a comma, a pipe or a line end in it"],
    ["tags: {env: prod}", "is not a list"],
    ["namespace: 'a:b'", "has a colon, a pipe or a blank in it"],
    ["filter: {deny: ['a*b']}", "has a * before its end"],
    ["gauge_sign: relative", "is not one of the choices"],
    ["receive_buffer: 4M", "is not a size"],
    ["receive_buffer: 1KiB", "is too small"],
    ["histogram: {significant_digits: 4}", "is not one of the choices"],
    ["prometheus: {enabled: maybe}", "is neither true nor false"],
    ["prometheus: {buckets: [2, 1]}", "is not above the one before it"],
    ["prometheus: {buckets: []}", "has no entries"],
    ["prometheus: {buckets: [.inf]}", "is not a number"],
    ["prometheus: {ttl: {gauge: 1s}}", "is too small"],
    ["prometheus: {ttl: 5m}", "is no group of keys"],
    ["datadog: {api_key: 12345678901234567890123456789012}", "is read as a number"],
    ["datadog: {api_key: 'two words'}", "has blanks or other characters that no key has"],
    ["datadog: {api_key: k, url: 'ftp://x'}", "is not a URL"],
    ["datadog: {api_key: k, url: 'http://me:secret@x'}", "has a user name in it"],
    ["datadog: {api_key: k, url: 'http://x/?api_key=1'}", "has a query in it"],
    ["datadog: {site: dog}", "is not a site"],
    ["- a", "is no map of keys"],
    ["just words", "is no map of keys"],
    ["shards: 1\nshards: 2", "is not valid YAML: Map keys must be unique"],
    ["shards: [1", expect.stringContaining("is not valid YAML") as string],
  ])("%j is refused: %s", (file, problem) => {
    expect(problems({ file })).toEqual([problem]);
  });

  it.each([
    ["lisen: x", "did you mean listen?"],
    ["quantiles: [1]", "did you mean prometheus.quantiles?"],
    ["prometheus: {window: {maxage: 5m}}", "did you mean prometheus.window.max_age?"],
    ["datadog: {colour: red}", expect.stringContaining("known here: api_key, api_key_file") as string],
  ])("%j is an unknown key with the suggestion %s", (file, remedy) => {
    expect(refuse({ file })).toEqual([[expect.any(String), "tallyd.yaml line 1", "", "is an unknown key", remedy]]);
  });

  it("never show a key", () => {
    const shown = refuse({ file: "datadog: {api_key: 'opensesame with blanks'}", environment: {} });
    expect(JSON.stringify(shown)).not.toContain("opensesame");
  });

  it("are shown as key, value and problem, then origin, then remedy", () => {
    const error = { key: "shards", origin: "--shards", given: '"0"', problem: "is too small", remedy: "write 1 to 64" };
    expect(formatError(error)).toBe('shards: "0" is too small\n  given by  --shards\n  remedy    write 1 to 64');
  });
});

it("does not fall over names that JavaScript objects have", () => {
  expect(problems({ file: "__proto__: {x: 1}\nconstructor: 1\ntoString: 2" })).toEqual(
    Array(3).fill("is an unknown key"),
  );
});
