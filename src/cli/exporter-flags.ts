import type { Given } from "../config/given.ts";
import { nearest } from "../std/nearest.ts";

/** What the flags need to know of the machine. */
export interface ExporterMachine {
  readonly hasIPv6: boolean;
}

/** What a flag of statsd_exporter means here. */
interface Row {
  readonly flag: string;
  readonly value: "text" | "switch";
  /** As there; "" = none. */
  readonly normally: string;
  /** For people: the key that it sets, or why it sets none. */
  readonly meaning: string;
  /** The keys that a value sets; undefined = none. A text for the key `listen` adds a listener. */
  readonly keys?: (value: string, machine: ExporterMachine) => readonly (readonly [key: string, value: unknown])[];
}

const UNUSED = "accepted, and without effect";
const sets =
  (key: string) =>
  (value: string): readonly (readonly [string, unknown])[] => [[key, value]];
const dialect = (style: string): Row => ({
  flag: `statsd.parse-${style}-tags`,
  value: "switch",
  normally: "true",
  meaning: `dialects.${style}`,
  keys: sets(`dialects.${style}`),
});
const unused = (flag: string, normally: string, why: string): Row => ({
  flag,
  value: "text",
  normally,
  meaning: `${UNUSED}: ${why}`,
});
const NO_QUEUE = "lines are aggregated where they are read";

/** Every flag of statsd_exporter up to v0.30.0, in the order of its help. */
export const EXPORTER_FLAGS: readonly Row[] = [
  {
    flag: "web.listen-address",
    value: "text",
    normally: ":9102",
    meaning: "http; no host is all addresses",
    // As there, unlike those of its listeners: IPv4 and, where there is any, IPv6.
    keys: (address, { hasIPv6 }) => [["http", hasIPv6 && address.startsWith(":") ? `[::]${address}` : address]],
  },
  {
    flag: "web.telemetry-path",
    value: "text",
    normally: "/metrics",
    meaning: "web.metrics_path",
    keys: sets("web.metrics_path"),
  },
  {
    flag: "web.enable-lifecycle",
    value: "switch",
    normally: "false",
    meaning: "web.lifecycle",
    keys: sets("web.lifecycle"),
  },
  listener("statsd.listen-udp", ":9125", "udp"),
  listener("statsd.listen-tcp", ":9125", "tcp"),
  {
    flag: "statsd.listen-unixgram",
    value: "text",
    normally: "",
    meaning: "listen unixgram://PATH",
    keys: (path) => (path === "" ? [] : [["listen", `unixgram://${path}`]]),
  },
  {
    flag: "statsd.unixsocket-mode",
    value: "text",
    normally: "755",
    meaning: "stream.socket_mode",
    keys: sets("stream.socket_mode"),
  },
  {
    flag: "statsd.mapping-config",
    value: "text",
    normally: "",
    meaning: "prometheus.mapping_config",
    keys: (path) => (path === "" ? [] : [["prometheus.mapping_config", [path]]]),
  },
  {
    flag: "statsd.read-buffer",
    value: "text",
    normally: "0",
    meaning: "receive_buffer; 0 = tallyd's own default of 4MiB",
    keys: (bytes) => (bytes === "0" ? [] : [["receive_buffer", bytes]]),
  },
  unused("statsd.cache-size", "1000", "a rule is looked for once for each series"),
  unused("statsd.cache-type", "lru", "a rule is looked for once for each series"),
  unused("statsd.event-queue-size", "10000", NO_QUEUE),
  unused("statsd.event-flush-threshold", "1000", NO_QUEUE),
  unused("statsd.event-flush-interval", "200ms", NO_QUEUE),
  unused("statsd.udp-packet-queue-size", "10000", NO_QUEUE),
  dialect("dogstatsd"),
  dialect("influxdb"),
  dialect("librato"),
  dialect("signalfx"),
  {
    flag: "statsd.relay.address",
    value: "text",
    normally: "",
    meaning: "relay.address",
    keys: (address) => (address === "" ? [] : [["relay.address", address]]),
  },
  {
    flag: "statsd.relay.packet-length",
    value: "text",
    normally: "1400",
    meaning: "relay.packet_length",
    keys: sets("relay.packet_length"),
  },
  {
    flag: "debug.dump-fsm",
    value: "text",
    normally: "",
    meaning: "writes the tree of globs into a file, for Graphviz; it is another tree than there",
  },
  {
    flag: "check-config",
    value: "switch",
    normally: "false",
    meaning: "checks the configuration and ends, with exit code 0 or 1",
  },
  { flag: "log.level", value: "text", normally: "info", meaning: "log_level", keys: sets("log_level") },
  { flag: "log.format", value: "text", normally: "logfmt", meaning: "log_format", keys: sets("log_format") },
];

function listener(flag: string, normally: string, scheme: string): Row {
  const keys = (address: string): readonly (readonly [string, unknown])[] =>
    // As there, no host is all IPv4 addresses.
    address === "" ? [] : [["listen", `${scheme}://${address.startsWith(":") ? `0.0.0.0${address}` : address}`]];
  return { flag, value: "text", normally, meaning: `listen ${scheme}://HOST:PORT; "" = none`, keys };
}

/** Flags that tallyd has itself: alone they do not make a command line one of statsd_exporter. */
const SHARED = new Set(["web.enable-lifecycle"]);

/** What the command line means beside its flags; a file, the environment and flags win over it. */
export const IMPLIED: readonly (readonly [key: string, value: unknown, why: string])[] = [
  ["prometheus.naming", "exact", "names get no suffix"],
  ["prometheus.quantiles", ["0.5", "0.9", "0.99"], "the quantiles of its summaries"],
  ["prometheus.ttl.counter", "0", "series are shown for ever, unless a rule has a ttl"],
  ["prometheus.ttl.gauge", "0", "as above"],
  ["prometheus.ttl.set", "0", "as above"],
  ["prometheus.ttl.histogram", "0", "as above"],
  ["prometheus.valueless_tags", "drop", "a tag without a value is no label"],
  ["gauge_sign", "step", "+5|g and -5|g are steps on every line"],
  ["timestamps", "ignore", "samples with a timestamp count as of now"],
  ["origin_tags", ["container_id"], "the field c: is the label container_id"],
  ["dialects.graphite", "false", "a semicolon is a part of the name"],
];

export interface ExporterCommandLine {
  /** What is as good as written in a configuration file. */
  readonly implied: ReadonlyMap<string, Given>;
  readonly flags: ReadonlyMap<string, Given>;
  readonly errors: readonly string[];
  /** Where the tree of globs is drawn; "" = nowhere. */
  readonly graphFile: string;
  /** Check the configuration, open nothing. */
  readonly isCheck: boolean;
  /** Arguments that are none of statsd_exporter's. */
  readonly rest: readonly string[];
}

const ROW_BY_FLAG = new Map(EXPORTER_FLAGS.map((row) => [row.flag, row]));

/** Undefined where the arguments have no flag that is statsd_exporter's alone. */
export function readExporterFlags(args: readonly string[], machine: ExporterMachine): ExporterCommandLine | undefined {
  const parsed = parse(args);
  if (!parsed.isExporters) return undefined;
  const origin = "the command line of statsd_exporter";
  const implied = new Map<string, Given>(IMPLIED.map(([key, value]) => [key, { value, origin }]));
  const flags = new Map<string, Given>();
  const listen: string[] = [];
  for (const row of EXPORTER_FLAGS) {
    const value = parsed.values.get(row.flag);
    // What is not given is as there: its listeners, its ports, its mode of socket files.
    for (const [key, meant] of row.keys?.(value ?? row.normally, machine) ?? []) {
      if (key === "listen") listen.push(String(meant));
      else if (value === undefined) implied.set(key, { value: meant, origin });
      else flags.set(key, { value: meant, origin: `--${row.flag}` });
    }
  }
  const isListenGiven = [...parsed.values.keys()].some((flag) => flag.startsWith("statsd.listen-"));
  (isListenGiven ? flags : implied).set("listen", { value: listen, origin: "--statsd.listen-…" });
  return {
    implied,
    flags,
    errors: parsed.errors,
    graphFile: parsed.values.get("debug.dump-fsm") ?? "",
    isCheck: parsed.values.get("check-config") === "true",
    rest: parsed.rest,
  };
}

interface Parsed {
  readonly values: ReadonlyMap<string, string>;
  /** There is a flag that is its alone, or looks so. */
  readonly isExporters: boolean;
  readonly errors: readonly string[];
  readonly rest: readonly string[];
}

/**
 * As its parser reads: `--x=v`, `--x v`, `--x`, `--no-x`; a flag that is given twice is an error, and so is one whose value would
 * have to be the next flag.
 */
function parse(args: readonly string[]): Parsed {
  const values = new Map<string, string>();
  let isExporters = false;
  const errors: string[] = [];
  const rest: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    const [, no, name = "", equals, value] = /^--(no-)?([a-z.-]+)(=)?([^]*)$/.exec(arg) ?? [];
    const row = ROW_BY_FLAG.get(name);
    if (row === undefined) {
      rest.push(arg);
      if (!name.startsWith("statsd.") && !name.startsWith("debug.")) continue;
      isExporters = true;
      const guess = nearest(name, ROW_BY_FLAG.keys());
      errors.push(`--${name} is no flag of statsd_exporter${guess === undefined ? "" : `; did you mean --${guess}?`}`);
      continue;
    }
    isExporters ||= !SHARED.has(name) || no !== undefined;
    if (values.has(row.flag)) errors.push(`--${row.flag} is given twice`);
    if (row.value === "switch") {
      if (equals !== undefined) errors.push(`--${row.flag} takes no value; write --${row.flag} or --no-${row.flag}`);
      values.set(row.flag, String(no === undefined));
    } else if (no !== undefined) errors.push(`--no-${row.flag} does not exist: the flag has a value`);
    else if (equals !== undefined) values.set(row.flag, value ?? "");
    else if (at + 1 < args.length && !args[at + 1]?.startsWith("-")) values.set(row.flag, args[++at] as string);
    else errors.push(`--${row.flag} needs a value`);
  }
  return { values, isExporters, errors, rest };
}

/** `--help-statsd-exporter`: every flag and what it does here. */
export function exporterHelp(): string {
  const rows = EXPORTER_FLAGS.map(({ flag, value, normally, meaning }) => {
    const spelled = value === "switch" ? `--[no-]${flag}` : `--${flag}=${normally === "" ? '""' : normally}`;
    return `  ${spelled.padEnd(44)} ${meaning}`;
  });
  const implied = IMPLIED.map(([key, value, why]) => {
    const text = `${key}: ${Array.isArray(value) ? `[${value.join(", ")}]` : String(value)}`;
    return `  ${text.padEnd(44)} ${why}`;
  });
  return [
    "tallyd serve takes the command line of statsd_exporter. Its flags, their defaults, and what they set here:",
    "",
    ...rows,
    "",
    "With any of them (but --web.enable-lifecycle, which tallyd has itself), the defaults are those of statsd_exporter:",
    "its ports, its listeners, and",
    "",
    ...implied,
    "",
    "A --config file, the environment and tallyd's own flags win over these defaults.",
  ].join("\n");
}
