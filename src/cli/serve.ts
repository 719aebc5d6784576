import type { Config } from "../config/config.ts";
import { CoreMissingError } from "../core/tally.ts";
import { chooseLogFormat, createLog } from "../std/log.ts";
import type { Logger } from "../std/log.ts";
import type { EndingSignal, Host } from "./host.ts";
import type { Server } from "./server.ts";
import { createReread, loadSettings, secretsOf } from "./settings.ts";
import type { SettingsFlags } from "./settings.ts";
import { formatErrors } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** Exit codes of a process that a signal ended: 128 + the signal's number. */
const SIGNAL_CODES: Readonly<Record<EndingSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/** `tallyd serve`: runs until a signal or a failure. Answers the exit code; 0 after an orderly stop. */
export async function serve(flags: SettingsFlags, version: string, terminal: Terminal, host: Host): Promise<number> {
  const settings = loadSettings(flags, terminal.environment);
  if (!settings.ok) {
    terminal.err(formatErrors(settings.error));
    return 1;
  }
  const { config, warnings } = settings.value;
  const format = chooseLogFormat(config.logFormat, terminal.isTerminal);
  const log = createLog({ level: config.logLevel, format, secrets: secretsOf(config) });
  for (const warning of warnings) log.warn(warning);
  const reread = createReread(flags, terminal.environment, settings.value, (now) => log.setLevel(now.config.logLevel));
  const stopAsked = watchSignals(host, log);
  let server: Server;
  try {
    server = await host.startServer({ config, log, version, clock: host.clock, reread });
  } catch (error) {
    if (error instanceof CoreMissingError) terminal.err(error.message);
    else log.error({ err: error }, `tallyd could not start: ${messageOf(error)}`);
    return 1;
  }
  host.onSignal("SIGHUP", () => void server.reload());
  tellStart(log, config, server, version);
  return runUntilStopped(server, stopAsked, config, log, host);
}

/** Resolves at the first signal; a second one ends the process at once. */
function watchSignals(host: Host, log: Logger): Promise<EndingSignal> {
  return new Promise((resolve) => {
    let signals = 0;
    for (const signal of Object.keys(SIGNAL_CODES) as EndingSignal[]) {
      host.onSignal(signal, () => {
        signals++;
        if (signals === 1) return resolve(signal);
        log.warn(`${signal} again: ending at once; what was not delivered is lost`);
        host.exit(SIGNAL_CODES[signal]);
      });
    }
  });
}

async function runUntilStopped(
  server: Server,
  stopAsked: Promise<EndingSignal>,
  config: Config,
  log: Logger,
  host: Host,
): Promise<number> {
  const quitAsked = server.quitAsked.then(() => "asked to quit over HTTP");
  const reason = await Promise.race([stopAsked, quitAsked, server.failed]);
  const isFailure = reason instanceof Error;
  if (isFailure) log.error({ err: reason }, `tallyd cannot go on: ${reason.message}`);
  else log.info(`${reason}: draining; a second signal ends at once`);
  try {
    await server.stop(host.clock.nowMs() + config.shutdownDeadlineMs);
  } catch (error) {
    log.error({ err: error }, `the stop was not clean: ${messageOf(error)}`);
    return 1;
  }
  log.info("stopped");
  return isFailure ? 1 : 0;
}

function tellStart(log: Logger, config: Config, server: Server, version: string): void {
  const { listening, httpAddress } = server;
  log.info(
    { listening, http: httpAddress, shards: config.shards },
    `tallyd ${version} listens on ${listening.join(", ")}`,
  );
  if (config.prometheus.enabled) log.info(`Prometheus may scrape ${httpAddress}/metrics`);
  const { enabled, site, url } = config.datadog;
  if (enabled)
    log.info(`Datadog gets the numbers every ${config.datadog.intervalSeconds} s at ${url ?? `https://api.${site}`}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
