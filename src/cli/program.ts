import { Command, CommanderError } from "commander";
import { check } from "./check.ts";
import { explain } from "./explain.ts";
import type { ExplainFlags } from "./explain.ts";
import { serve } from "./serve.ts";
import type { ServeHost } from "./serve.ts";
import type { SettingsFlags } from "./settings.ts";
import type { Terminal } from "./terminal.ts";

const EXAMPLES = `
Examples:
  tallyd serve                                   UDP 127.0.0.1:8125, http://127.0.0.1:9102/metrics
  printf 'page.views:1|c' | nc -u -w1 127.0.0.1 8125
  curl -s http://127.0.0.1:9102/metrics          page_views_total 1
  DD_API_KEY=… DD_SITE=datadoghq.eu tallyd serve  the same numbers to Datadog, too
  tallyd check tallyd.yaml                       every error of a configuration file
  tallyd explain 'page.views:1|c|@0.1|#env:prod'  what becomes of a line, or where it dies`;

const SERVE_EXAMPLES = `
Each flag wins over the environment (TALLYD_FLUSH_INTERVAL and so on; the Datadog Agent's DD_ names too), that over
the file, and that over the default.

Examples:
  tallyd serve --listen udp://0.0.0.0:8125 --http 0.0.0.0:9102     reachable from other machines
  tallyd serve --listen udp://127.0.0.1:8125 --listen udp://[::1]:8125
  tallyd serve --config tallyd.yaml --log-level debug
  tallyd serve --datadog-url http://127.0.0.1:8080 --flush-interval 1s   (with DD_API_KEY set)`;

const CHECK_EXAMPLES = `
Example:
  tallyd check tallyd.yaml`;

const EXPLAIN_EXAMPLES = `
Examples:
  tallyd explain 'page.views:1|c|@0.1|#env:prod'   pieces, series, and what each output shows
  tallyd explain 'load:1x|g'                       the byte at which it is refused, and why
  tallyd explain --config tallyd.yaml 'a:1|c'      with your namespace, tags and filters`;

/**
 * The command line. Answers the exit code: 0 for success, 1 for a failure that was told, 2 for a wrong command line.
 */
export async function runCommandLine(
  args: readonly string[],
  version: string,
  terminal: Terminal,
  host: ServeHost,
): Promise<number> {
  let code = 0;
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
  addServe(program, async (flags) => void (code = await serve(flags, version, terminal, host)));
  addCheck(program, (file) => void (code = check(file, terminal)));
  addExplain(program, async (line, flags) => void (code = await explain(line, flags, terminal)));
  if (args.length === 0) {
    program.outputHelp();
    return 0;
  }
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  return code;
}

function addServe(program: Command, run: (flags: SettingsFlags) => Promise<void>): void {
  program
    .command("serve")
    .description("receive, aggregate and serve until SIGTERM or SIGINT")
    .option("--config <file>", "a YAML file (TALLYD_CONFIG names one too)")
    .option("--listen <url>", "udp://HOST:PORT; may be given several times (default udp://127.0.0.1:8125)", collect)
    .option("--http <host:port>", "for /metrics, the status and health checks (default 127.0.0.1:9102)")
    .option("--flush-interval <duration>", "interval of deliveries, whole seconds (default 10s)")
    .option("--shards <n>", "receiving threads: auto, or 1 to 64 (default auto)")
    .option("--datadog-url <url>", "a Datadog intake other than https://api.DD_SITE")
    .option("--log-level <level>", "trace, debug, info, warn, error, fatal or silent (default info)")
    .addHelpText("after", SERVE_EXAMPLES)
    .action(run);
}

function addCheck(program: Command, run: (file: string) => void): void {
  program
    .command("check")
    .description("check a configuration file; exit code 1 when it has errors")
    .argument("<file>", "the YAML file")
    .addHelpText("after", CHECK_EXAMPLES)
    .action(run);
}

function addExplain(program: Command, run: (line: string, flags: ExplainFlags) => Promise<void>): void {
  program
    .command("explain")
    .description("what becomes of a line; exit code 1 when it is not aggregated")
    .argument("<line>", "a StatsD or DogStatsD line, in quotes")
    .option("--config <file>", "the configuration to explain it by")
    .addHelpText("after", EXPLAIN_EXAMPLES)
    .action(run);
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}
