import { expect, test } from "vitest";
import { EXPORTER_FLAGS, exporterHelp, readExporterFlags } from "../../src/cli/exporter-flags.ts";
import type { ExporterCommandLine } from "../../src/cli/exporter-flags.ts";
import { loadSettings } from "../../src/cli/settings.ts";
import type { Config } from "../../src/config/config.ts";

const read = (args: readonly string[], hasIPv6 = false): ExporterCommandLine | undefined =>
  readExporterFlags(args, { hasIPv6 });

function configOf(args: readonly string[], environment: Record<string, string> = {}): Config {
  const settings = loadSettings({ exporter: read(args) }, environment);
  if (!settings.ok) throw new Error(JSON.stringify(settings.error));
  return settings.value.config;
}

test("a command line without its flags is none of statsd_exporter", () => {
  expect(read([])).toBeUndefined();
  expect(read(["--config", "x", "--http", ":1", "--web.enable-lifecycle"])).toBeUndefined();
  expect(read(["--no-web.enable-lifecycle"])).toBeDefined();
});

test("any of its flags brings its ports and its ways", () => {
  const config = configOf(["--log.level=debug"]);
  expect(config).toMatchObject({
    listen: ["udp://0.0.0.0:9125", "tcp://0.0.0.0:9125"],
    http: { host: "0.0.0.0", port: 9102 },
    gaugeSign: "step",
    readsTimestamps: false,
    logLevel: "debug",
    dialects: { dogstatsd: true, signalfx: "true", librato: "true", influxdb: "true", graphite: "false" },
    prometheus: { naming: "exact", quantiles: [0.5, 0.9, 0.99], valuelessTags: "drop" },
  });
  expect(new Set(Object.values(config.prometheus.ttlMs))).toEqual(new Set([0]));
});

test.each([
  [["--statsd.listen-udp=:1", "--statsd.listen-tcp="], { listen: ["udp://0.0.0.0:1"] }],
  [
    ["--statsd.listen-udp", "[::]:1", "--statsd.listen-tcp", "127.0.0.1:2"],
    { listen: ["udp://[::]:1", "tcp://127.0.0.1:2"] },
  ],
  [
    ["--statsd.listen-udp=", "--statsd.listen-tcp=", "--statsd.listen-unixgram=/x.sock"],
    { listen: ["unixgram:///x.sock"] },
  ],
  [["--statsd.unixsocket-mode=660"], { stream: { socketMode: 0o660 } }],
  [["--statsd.read-buffer=8388608"], { receiveBufferBytes: 8_388_608 }],
  [["--web.listen-address=127.0.0.1:7"], { http: { host: "127.0.0.1", port: 7 } }],
  [["--web.telemetry-path=/"], { web: { metricsPath: "/" } }],
  [["--web.telemetry-path=/m", "--web.enable-lifecycle"], { web: { metricsPath: "/m", lifecycle: true } }],
  [["--no-statsd.parse-librato-tags"], { dialects: { librato: "false", influxdb: "true" } }],
  [["--statsd.cache-size=0", "--statsd.event-queue-size", "5"], { gaugeSign: "step" }],
  [["--statsd.relay.address=h:1"], { relay: { host: "h", port: 1, packetBytesMax: 1_400 } }],
  [
    ["--statsd.relay.address", "[::1]:1", "--statsd.relay.packet-length=512"],
    { relay: { host: "::1", port: 1, packetBytesMax: 512 } },
  ],
  [["--statsd.relay.address=", "--statsd.relay.packet-length=512"], { relay: undefined }],
  [["--log.level=warn"], { logLevel: "warn", logFormat: "logfmt" }],
  [["--log.format=json"], { logFormat: "json" }],
])("%j is %j", (args, want) => {
  expect(configOf(args)).toMatchObject(want);
});

test("its flags win over the environment, which wins over its defaults", () => {
  const environment = { TALLYD_PROMETHEUS_NAMING: "conventional", TALLYD_HTTP: "127.0.0.1:5" };
  const config = configOf(["--web.listen-address=127.0.0.1:7"], environment);
  expect([config.prometheus.naming, config.http.port]).toEqual(["conventional", 7]);
  expect(configOf(["--log.level=info"], environment).http.port).toBe(5);
});

test.each([
  [["--statsd.listen-udp=:1", "--statsd.listen-udp=:2"], "given twice"],
  [["--statsd.listen-upd=:1"], "did you mean --statsd.listen-udp?"],
  [["--statsd.mapping-config"], "needs a value"],
  [["--no-statsd.mapping-config"], "does not exist"],
  [["--statsd.mapping-config", "--check-config"], "needs a value"],
  [["--check-config=true"], "takes no value"],
])("%j is refused: %s", (args, words) => {
  expect(read(args)?.errors.join()).toContain(words);
});

test("HTTP without a host is on all addresses: those of IPv6 too, where the machine has any", () => {
  const hostOf = (args: readonly string[], hasIPv6: boolean): string => {
    const settings = loadSettings({ exporter: read(args, hasIPv6) }, {});
    return settings.ok ? settings.value.config.http.host : "";
  };
  expect(hostOf(["--log.level=info"], true)).toBe("::");
  expect(hostOf(["--web.listen-address=:1"], true)).toBe("::");
  expect(hostOf(["--web.listen-address=:1"], false)).toBe("0.0.0.0");
  expect(hostOf(["--web.listen-address=127.0.0.1:1"], true)).toBe("127.0.0.1");
});

test("what is not its own is left to tallyd", () => {
  expect(read(["--shards", "1", "--check-config", "--listen", "x"])).toMatchObject({
    isCheck: true,
    rest: ["--shards", "1", "--listen", "x"],
  });
});

test("no listener at all is told as a fault of the configuration", () => {
  const exporter = read(["--statsd.listen-udp=", "--statsd.listen-tcp="]);
  expect(loadSettings({ exporter }, {})).toMatchObject({ ok: false, error: [{ key: "listen" }] });
});

test("the help names every flag, with its default", () => {
  const help = exporterHelp().split("\n");
  for (const { flag, value, normally } of EXPORTER_FLAGS) {
    const spelled = value === "switch" ? `  --[no-]${flag} ` : `  --${flag}=${normally === "" ? '""' : normally} `;
    expect(help.filter((line) => line.startsWith(spelled))).toHaveLength(1);
  }
});

/** All of statsd_exporter's help, at v0.30.0, but --help and --version, which are tallyd's own, too. */
const ALL: Readonly<Record<string, string>> = {
  "web.listen-address": ":9102",
  "web.telemetry-path": "/metrics",
  "web.enable-lifecycle": "false",
  "statsd.listen-udp": ":9125",
  "statsd.listen-tcp": ":9125",
  "statsd.listen-unixgram": "",
  "statsd.unixsocket-mode": "755",
  "statsd.mapping-config": "",
  "statsd.read-buffer": "0",
  "statsd.cache-size": "1000",
  "statsd.cache-type": "lru",
  "statsd.event-queue-size": "10000",
  "statsd.event-flush-threshold": "1000",
  "statsd.event-flush-interval": "200ms",
  "statsd.udp-packet-queue-size": "10000",
  "statsd.parse-dogstatsd-tags": "true",
  "statsd.parse-influxdb-tags": "true",
  "statsd.parse-librato-tags": "true",
  "statsd.parse-signalfx-tags": "true",
  "statsd.relay.address": "",
  "statsd.relay.packet-length": "1400",
  "debug.dump-fsm": "",
  "check-config": "false",
  "log.level": "info",
  "log.format": "logfmt",
};

test("it has all flags that there are, with the defaults that they have there", () => {
  expect(Object.fromEntries(EXPORTER_FLAGS.map(({ flag, normally }) => [flag, normally]))).toEqual(ALL);
});

test("all flags at their defaults are a configuration that works", () => {
  const args = EXPORTER_FLAGS.map(({ flag, value, normally }) => {
    if (value === "text") return `--${flag}=${normally}`;
    return normally === "true" ? `--${flag}` : `--no-${flag}`;
  });
  expect(configOf(args)).toEqual(configOf(["--log.level=info"]));
});
