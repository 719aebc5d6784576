import { expect, test } from "vitest";
import { EXPORTER_FLAGS, exporterHelp, readExporterFlags } from "../../src/cli/exporter-flags.ts";
import { loadSettings } from "../../src/cli/settings.ts";
import type { Config } from "../../src/config/config.ts";

function configOf(args: readonly string[], environment: Record<string, string> = {}): Config {
  const settings = loadSettings({ exporter: readExporterFlags(args) }, environment);
  if (!settings.ok) throw new Error(JSON.stringify(settings.error));
  return settings.value.config;
}

test("a command line without its flags is none of statsd_exporter", () => {
  expect(readExporterFlags([])).toBeUndefined();
  expect(readExporterFlags(["--config", "x", "--http", ":1", "--web.enable-lifecycle"])).toBeUndefined();
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
  [["--check-config=true"], "takes no value"],
])("%j is refused: %s", (args, words) => {
  expect(readExporterFlags(args)?.errors.join()).toContain(words);
});

test("what is not its own is left to tallyd", () => {
  expect(readExporterFlags(["--shards", "1", "--check-config", "--listen", "x"])).toMatchObject({
    isCheck: true,
    rest: ["--shards", "1", "--listen", "x"],
  });
});

test("no listener at all is told as a fault of the configuration", () => {
  const exporter = readExporterFlags(["--statsd.listen-udp=", "--statsd.listen-tcp="]);
  expect(loadSettings({ exporter }, {})).toMatchObject({ ok: false, error: [{ key: "listen" }] });
});

test("the help names every flag", () => {
  for (const { flag } of EXPORTER_FLAGS) expect(exporterHelp()).toContain(flag);
});
