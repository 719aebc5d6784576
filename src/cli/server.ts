import { randomBytes } from "node:crypto";
import type { Clock } from "../std/clock.ts";
import type { Logger } from "../std/log.ts";
import type { Config } from "../config/config.ts";
import type { ReloadOutcome } from "../model/reload.ts";
import { createRates } from "../flush/rates.ts";
import type { Rates } from "../flush/rates.ts";
import { buildStatus } from "../flush/status.ts";
import { startFlush } from "../flush/flush.ts";
import type { Flush } from "../flush/flush.ts";
import type { Sink } from "../output/output.ts";
import { parsePageQuery } from "../output/prometheus/query.ts";
import { createOutputs } from "../output/registry.ts";
import { tellProblem } from "../policy/mapping/profile.ts";
import { startPool } from "../shard/pool.ts";
import type { Pool, PoolOptions } from "../shard/pool.ts";
import { startShard } from "../shard/shard.ts";
import type { StartShard } from "../shard/shard.ts";
import { chooseReader } from "../transport/reader.ts";
import { createTelemetry } from "../telemetry/telemetry.ts";
import { createWeb } from "../web/web.ts";
import { createReloader } from "./reload.ts";
import type { ReloadTools } from "./reload.ts";
import { readPolicy } from "./policy.ts";
import { planRelay } from "./relay.ts";
import { LiveCapture } from "./live-capture.ts";
import { createBooks } from "./books.ts";
import type { Books } from "./books.ts";
import { watchWebProtection } from "./web-protection.ts";
import { createLiveSeries } from "./live-series.ts";
import { watchKernelDrops } from "./proc-net.ts";

export interface ServerOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly version: string;
  readonly clock: Clock;
  /** Reads the configuration again; without it a reload answers that there is nothing to read. */
  readonly reread?: ReloadTools["reread"];
  /** How a shard is started; a test hands in its own, so that it can end one. */
  readonly startShard?: StartShard;
}

export interface Server {
  /** URLs of the listeners, with the ports that were really bound. */
  readonly listening: readonly string[];
  /** For example `http://127.0.0.1:9102`. */
  readonly httpAddress: string;
  /**
   * Stops in this order: not ready any more; sockets closed, shards drained for the last time and ended; the open
   * interval flushed to every output; outputs deliver what is queued; HTTP closed, last, so that a scraper can see the
   * final numbers. Done by `deadlineMs` (Unix milliseconds), whatever hangs.
   */
  stop(deadlineMs: number): Promise<void>;
  /** Reads the configuration again; series that keep their name keep their numbers. */
  reload(): Promise<ReloadOutcome>;
  /** Resolves when a client asked the process to end, over HTTP. */
  readonly quitAsked: Promise<void>;
  /** Resolves, with what happened, when the server cannot go on. */
  readonly failed: Promise<Error>;
}

/** The whole server. Rejects, with everything closed again, when an address cannot be had. */
export async function startServer({ config, log, version, clock, ...given }: ServerOptions): Promise<Server> {
  const identity = { version, pid: process.pid, startedAtMs: clock.nowMs() };
  const { policy, layouts, problems } = readPolicy(config);
  const warnings = problems.map(tellProblem);
  for (const warning of warnings) log.error(warning);
  const relay = await planRelay(config, log);
  const { fed, page, sinks } = await createOutputs(config, { layouts, userAgent: `tallyd/${version}`, clock, log });
  const books = createBooks(fed, relay?.target, clock, log);
  const { ledger, senders } = books;
  const rates = createRates();
  const fromPlans = { policy, layouts, relay: relay?.options };
  const pool = await startShards({ config, log, clock, ...given }, fromPlans, books);
  const listening = pool.listening.map(({ url }) => url);
  const flush = startHeart({ config, log, clock }, pool, sinks, { ledger, rates, listening });

  const running = { policy, layouts, outputs: fed, shards: pool };
  const reloader = createReloader({ reread: given.reread, ...running, clock, log }, warnings);
  const quit = Promise.withResolvers<void>();

  let isStopping = false;
  const status = () =>
    buildStatus({
      ...books,
      ...identity,
      warnings: reloader.warnings(),
      reloads: reloader.status(),
      clock,
      rates,
      outputs: sinks,
      shards: pool.status,
      flush: flush.status,
    });
  const telemetry = createTelemetry(status);
  const liveCapture = new LiveCapture({ tap: pool.capture, clock, log });
  const web = createWeb({
    ...config.http,
    status,
    senders: senders.report,
    capture: liveCapture.start,
    metricsPath: config.web.metricsPath,
    unmapped: () => page.unmapped(),
    liveSeries: createLiveSeries(page, config, clock),
    ready: () => !isStopping && pool.status().every((shard) => shard.state === "running"),
    protection: watchWebProtection(config.web.configFile, log),
    lifecycle: config.web.lifecycle ? { reload: reloader.reload, quit: quit.resolve } : undefined,
    drain: flush.drain,
    renderMetrics: async (accept, signal, search) => {
      const query = parsePageQuery(search);
      return page.render(accept, await telemetry.families(), signal, query);
    },
    log,
  });

  async function stop(deadlineMs: number): Promise<void> {
    isStopping = true;
    await liveCapture.stop();
    await flush.stop(deadlineMs);
    await web.close(Math.max(0, deadlineMs - clock.nowMs()));
    telemetry.close();
  }

  try {
    const { url: httpAddress } = await web.listen();
    const failed = Promise.race([pool.failed, flush.failed]);
    return { listening, httpAddress, stop, reload: reloader.reload, quitAsked: quit.promise, failed };
  } catch (error) {
    await stop(clock.nowMs() + config.shutdownDeadlineMs);
    throw error;
  }
}

/** Starts the clock of drains and flushes; the books are brought up to date after each drain. */
function startHeart(
  { config, log, clock }: Pick<ServerOptions, "config" | "log" | "clock">,
  shards: Pool,
  outputs: readonly Sink[],
  {
    ledger,
    rates,
    listening,
  }: Pick<Books, "ledger"> & { readonly rates: Rates; readonly listening: readonly string[] },
): Flush {
  const readKernelDrops = watchKernelDrops(listening);
  return startFlush({
    shards,
    outputs,
    intervalSeconds: config.flushIntervalMs / 1_000,
    drainIntervalMs: config.drainIntervalMs,
    clock,
    log,
    onDrained() {
      rates.take(ledger.totals(), clock.monotonicMs());
      ledger.setKernelDrops(readKernelDrops());
    },
  });
}

/** Starts the threads, with the reader of datagrams that works here. */
async function startShards(
  { config, log, clock, ...given }: Omit<ServerOptions, "version">,
  fromPlans: Pick<PoolOptions["shard"], Planned>,
  books: Books,
): Promise<Pool> {
  const { reader, why } = await chooseReader(config.transport);
  log.info({ reader }, `UDP is read by ${reader}: ${why}`);
  return startPool({
    shards: config.shards,
    listen: config.listen,
    readsBatches: reader === "batch",
    shard: { ...shardOptions(config), ...fromPlans },
    start: given.startShard ?? startShard,
    clock,
    log,
    onDelta: books.take,
    onDeath: books.bury,
  });
}

/** What shards are started with beside what the configuration says as it stands. */
type Planned = "policy" | "layouts" | "relay";

/** What every shard of this process is started with. */
function shardOptions(config: Config): Omit<PoolOptions["shard"], Planned> {
  return {
    ...config.limits,
    receiveBufferBytes: config.receiveBufferBytes,
    stream: config.stream,
    gaugeSign: config.gaugeSign,
    dialects: config.dialects,
    exemplarTag: config.prometheus.exemplarTag,
    readsTimestamps: config.readsTimestamps,
    requiresEnd: config.requiresEnd,
    idleMs: config.idleMs,
    keySeed: randomSeed(),
    setSeed: randomSeed(),
  };
}

function randomSeed(): bigint {
  return randomBytes(8).readBigUInt64LE();
}
