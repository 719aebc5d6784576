import { networkInterfaces } from "node:os";
import { Command, CommanderError } from "commander";
import { addBench } from "./bench/command.ts";
import type { CaptureFlags } from "./capture.ts";
import type { CheckFlags } from "./check.ts";
import { exporterHelp, readExporterFlags } from "./exporter-flags.ts";
import type { ExporterCommandLine } from "./exporter-flags.ts";
import type { ExplainFlags } from "./explain.ts";
import type { Host } from "./host.ts";
import type { ReplayFlags } from "./replay.ts";
import type { SettingsFlags } from "./settings.ts";
import type { Terminal } from "./terminal.ts";

const EXAMPLES = `
Examples:
  tallyd serve                                   UDP 127.0.0.1:8125, http://127.0.0.1:9102/metrics
  printf 'page.views:1|c' | nc -u -w1 127.0.0.1 8125
  curl -s http://127.0.0.1:9102/metrics          page_views_total 1
  DD_API_KEY=… DD_SITE=datadoghq.eu tallyd serve  the same numbers to Datadog, too
  tallyd check tallyd.yaml                       every error of a configuration file
  tallyd explain 'page.views:1|c|@0.1|#env:prod'  what becomes of a line, or where it dies
  tallyd bench --verify http://127.0.0.1:9102    how much this machine takes, and what becomes of it`;

const SERVE_EXAMPLES = `
Each flag wins over the environment (TALLYD_FLUSH_INTERVAL and so on; the Datadog Agent's DD_ names too), that over
the file, and that over the default.

Examples:
  tallyd serve --listen udp://0.0.0.0:8125 --http 0.0.0.0:9102     reachable from other machines
  tallyd serve --listen udp://127.0.0.1:8125 --listen udp://[::1]:8125
  tallyd serve --listen tcp://127.0.0.1:8125 --listen unix:///run/tallyd/stream.sock
  tallyd serve --listen systemd://                  the sockets that a systemd socket unit hands over
  tallyd serve --config tallyd.yaml --log-level debug
  tallyd serve --statsd.mapping-config=mapping.yml --statsd.listen-udp=:9125 --web.listen-address=:9102
  tallyd serve --datadog-url http://127.0.0.1:8080 --flush-interval 1s   (with DD_API_KEY set)`;

const LISTEN_HELP =
  "udp://HOST:PORT, tcp://HOST:PORT, unix://PATH (stream), unixgram://PATH (datagrams), systemd://[NAME] or fd://NUMBER " +
  "(inherited stream sockets); may be given several times (default udp://127.0.0.1:8125)";

const CHECK_EXAMPLES = `
Examples:
  tallyd check tallyd.yaml
  tallyd check --mapping statsd_mapping.yml   rules that never count, names that come out empty, …`;

const EXPLAIN_EXAMPLES = `
Examples:
  tallyd explain 'page.views:1|c|@0.1|#env:prod'   pieces, series, and what each output shows
  tallyd explain 'load:1x|g'                       the byte at which it is refused, and why
  tallyd explain --config tallyd.yaml 'a:1|c'      with your namespace, tags and filters
  tallyd explain --mapping mapping.yml 'a.b:1|c'   which rule wins, which others fit, and why they do not win`;

const CAPTURE_EXAMPLES = `
The file has the Datadog Agent's format; either side can replay the other's. It gets its name when it is whole: until
then it is FILE.part. A running server gives one, too: curl -o traffic.dog 'http://127.0.0.1:9102/api/capture?seconds=10'

Examples:
  tallyd capture --out traffic.dog.zstd --seconds 60
  tallyd capture --listen udp://0.0.0.0:8125 --out traffic.dog --compress none --max-bytes 100MiB`;

const REPLAY_EXAMPLES = `
Exit code 1 when something could not be read or sent. A file that was cut is sent up to its last whole record.

Examples:
  tallyd replay traffic.dog.zstd --to udp://127.0.0.1:8125              at the recorded pace
  tallyd replay traffic.dog --to unix:///run/statsd.sock --speed max    as fast as the other side reads
  tallyd replay traffic.dog --to udp://127.0.0.1:8125 --speed 10 --loop 3`;

/**
 * The command line. Answers the exit code: 0 for success, 1 for a failure that was told, 2 for a wrong command line.
 */
export async function runCommandLine(
  args: readonly string[],
  version: string,
  terminal: Terminal,
  host: Host,
): Promise<number> {
  let code = 0;
  const served = args[0] === "serve" ? args.slice(1) : [];
  if (served.includes("--help-statsd-exporter")) {
    terminal.out(exporterHelp());
    return 0;
  }
  const exporter = readExporterFlags(served, { hasIPv6: hasIPv6() });
  if (exporter !== undefined && exporter.errors.length > 0) {
    terminal.err([...exporter.errors, "(--help-statsd-exporter shows what there is)"].join("\n"));
    return 2;
  }
  const program = new Command("tallyd")
    .description("A StatsD/DogStatsD server: one aggregation, served to Prometheus and to Datadog.")
    .version(version)
    .addHelpText("after", EXAMPLES)
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    })
    .showHelpAfterError("(--help shows what there is)")
    .exitOverride();
  addCommands(program, { version, terminal, host, exporter }, (answered) => void (code = answered));
  if (args.length === 0) {
    program.outputHelp();
    return 0;
  }
  try {
    await program.parseAsync(exporter === undefined ? args : ["serve", ...exporter.rest], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  return code;
}

interface Surroundings {
  readonly version: string;
  readonly terminal: Terminal;
  readonly host: Host;
  /** What flags of statsd_exporter say, where there are any. */
  readonly exporter: ExporterCommandLine | undefined;
}

/**
 * The commands; the one that is run hands its exit code to `end`. What a command is made of is loaded when it is run, so that a
 * server does not hold what captures, benches and explanations need.
 */
function addCommands(program: Command, surroundings: Surroundings, end: (code: number) => void): void {
  const { version, terminal, host } = surroundings;
  addServe(program, async (flags) => end(await runServe(flags, surroundings)));
  addCheck(program, async (file, flags) => {
    const { check } = await import("./check.ts");
    end(check(file, flags, terminal));
  });
  addCapture(program, async (flags) => {
    const { capture } = await import("./capture.ts");
    end(await capture(flags, terminal, host));
  });
  addReplay(program, async (file, flags) => {
    const { replay } = await import("./replay.ts");
    end(await replay(file, flags, terminal, host));
  });
  addExplain(program, async (line, flags) => {
    const { explain } = await import("./explain.ts");
    end(await explain(line, flags, terminal));
  });
  addBench(program, async (flags) => {
    const { bench } = await import("./bench/bench.ts");
    const { processBenchHost } = await import("./bench/host.ts");
    end(await bench(flags, version, terminal, processBenchHost));
  });
}

/** `serve` itself, or what flags of statsd_exporter make of it: a check, and a drawing of the rules before either. */
async function runServe(flags: SettingsFlags, { version, terminal, host, exporter }: Surroundings): Promise<number> {
  const all = { ...flags, exporter };
  const { graphFile = "", isCheck = false } = exporter ?? {};
  if (graphFile !== "") {
    const { drawGlobsOf } = await import("./draw-globs.ts");
    if (!drawGlobsOf(all, graphFile, terminal)) return 1;
  }
  if (isCheck) {
    const { checkSettings } = await import("./check.ts");
    return checkSettings(all, terminal);
  }
  const { serve } = await import("./serve.ts");
  return serve(all, version, terminal, host);
}

function addServe(program: Command, run: (flags: SettingsFlags) => Promise<void>): void {
  program
    .command("serve")
    .description("receive, aggregate and serve until SIGTERM or SIGINT")
    .option("--config <file>", "a YAML file (TALLYD_CONFIG names one too)")
    .option("--listen <url>", LISTEN_HELP, collect)
    .option("--http <host:port>", "for /metrics, the status and health checks (default 127.0.0.1:9102)")
    .option("--web.config.file <file>", "TLS and passwords for HTTP, in Prometheus' format")
    .option("--web.enable-lifecycle", "POST /-/reload and POST /-/quit work")
    .option("--flush-interval <duration>", "interval of deliveries, whole seconds (default 10s)")
    .option("--shards <n>", "receiving threads: auto, or 1 to 64 (default auto)")
    .option("--transport <how>", "how UDP is read: auto, batch (recvmmsg) or dgram (default auto)")
    .option("--datadog-url <url>", "a Datadog intake other than https://api.DD_SITE")
    .option("--help-statsd-exporter", "what each flag of statsd_exporter does here: they are taken, too")
    .option("--log-level <level>", "trace, debug, info, warn, error, fatal or silent (default info)")
    .option("--log-format <format>", "auto, json, logfmt or pretty (default auto: pretty on a terminal, else json)")
    .addHelpText("after", SERVE_EXAMPLES)
    .action(run);
}

function addCheck(program: Command, run: (file: string | undefined, flags: CheckFlags) => Promise<void>): void {
  program
    .command("check")
    .description("check a configuration file, or mapping files of statsd_exporter; exit code 1 when there are errors")
    .argument("[file]", "the YAML file")
    .option("--mapping <file>", "a mapping file, or a directory of them; may be given several times", collect)
    .addHelpText("after", CHECK_EXAMPLES)
    .action(run);
}

function addExplain(program: Command, run: (line: string, flags: ExplainFlags) => Promise<void>): void {
  program
    .command("explain")
    .description("what becomes of a line; exit code 1 when it is not aggregated")
    .argument("<line>", "a StatsD or DogStatsD line, in quotes")
    .option("--config <file>", "the configuration to explain it by")
    .option("--mapping <file>", "rules of statsd_exporter to explain it by; may be given several times", collect)
    .addHelpText("after", EXPLAIN_EXAMPLES)
    .action(run);
}

function addCapture(program: Command, run: (flags: CaptureFlags) => Promise<void>): void {
  program
    .command("capture")
    .description("write what arrives to a file, until time, size or a signal ends it")
    .requiredOption("--out <file>", "where to; an older file of that name is replaced")
    .option("--listen <url>", "as for serve; may be given several times (default udp://127.0.0.1:8125)", collect)
    .option("--seconds <n>", "end after so many seconds (default: until SIGINT or SIGTERM)")
    .option("--max-bytes <size>", "end before the capture is larger, before compression", "1GiB")
    .option("--compress <how>", "zstd or none", "zstd")
    .addHelpText("after", CAPTURE_EXAMPLES)
    .action(run);
}

function addReplay(program: Command, run: (file: string, flags: ReplayFlags) => Promise<void>): void {
  program
    .command("replay")
    .description("send the datagrams of a capture again")
    .argument("<file>", "of tallyd or of the Datadog Agent, raw or zstd")
    .requiredOption("--to <url>", "udp://HOST:PORT, tcp://HOST:PORT, unix://PATH or unixgram://PATH")
    .option("--speed <factor>", "1 = as recorded, 10 = ten times as fast, max = without waiting", "1")
    .option("--loop <n>", "how many times; 0 = until a signal", "1")
    .addHelpText("after", REPLAY_EXAMPLES)
    .action(run);
}

function hasIPv6(): boolean {
  return Object.values(networkInterfaces()).some((infos) => infos?.some(({ family }) => family === "IPv6"));
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}
