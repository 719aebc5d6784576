import { setImmediate as nextTurn } from "node:timers/promises";
import { CaptureFileError, checkPlace, writeCapture } from "../capture/file.ts";
import type { Compression } from "../capture/file.ts";
import { CAPTURE_BYTES_MIN, Recording } from "../capture/recording.ts";
import type { Tapped } from "../capture/recording.ts";
import type { Config } from "../config/config.ts";
import type { Environment } from "../config/environment.ts";
import type { ConfigError } from "../config/given.ts";
import { loadConfig } from "../config/load.ts";
import { CaptureTap } from "../shard/capture-tap.ts";
import { formatBytes, parseBytes } from "../std/bytes.ts";
import { parseDecimal } from "../std/decimal.ts";
import type { Result } from "../std/result.ts";
import { BatchLoop } from "../transport/batch/loop.ts";
import { createPlainBatchSink } from "../transport/batch/plain-sink.ts";
import { LibcMissingError } from "../transport/libc.ts";
import { openTransport, placementOf } from "../transport/registry.ts";
import { TransportError } from "../transport/transport.ts";
import type { Sink, Transport } from "../transport/transport.ts";
import type { Host } from "./host.ts";
import { pause } from "./pause.ts";
import { thisMachine } from "./settings.ts";
import { formatErrors } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

export interface CaptureFlags {
  readonly listen?: readonly string[];
  readonly out: string;
  readonly seconds?: string;
  readonly maxBytes: string;
  readonly compress: string;
}

/** What `capture` and `replay` need of the process beside its terminal. */
export type SignalHost = Pick<Host, "clock" | "onSignal" | "exit">;

interface Bounds {
  readonly durationMs: number;
  readonly bytesMax: number;
  readonly compression: Compression;
}

const RECEIVE_BUFFER_BYTES = 16 * 1024 * 1024;
const DURATION_MS_MAX = 86_400_000;
/** How long a steady stream of datagrams may put off the end. */
const SETTLE_MS_MAX = 50;
/** How long the batch loop may keep timers, signals and the file waiting, in milliseconds. */
const AWAY_MS_MAX = 20;
/** What systemd says of the sockets that it hands over. */
const OF_SYSTEMD = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"];

/** `tallyd capture`: writes what arrives to a file, until time, size or a signal ends it. Answers the exit code. */
export async function capture(flags: CaptureFlags, terminal: Terminal, host: SignalHost): Promise<number> {
  const bounds = readBounds(flags);
  if (!bounds.ok) {
    terminal.err(bounds.error);
    return 2;
  }
  const settings = readListen(flags.listen, terminal.environment);
  if (!settings.ok) {
    terminal.err(formatErrors(settings.error));
    return 2;
  }
  const { listen, stream } = settings.value;
  const stop = new AbortController();
  let failure: TransportError | undefined;
  const intake = new Intake();
  const transports: Transport[] = [];
  stopOnSignal(host, stop);
  try {
    // Before anything is received: nobody wants to hear at the end of an hour that it cannot be kept.
    await checkPlace(flags.out);
    const loop = listen.some((url) => placementOf(url) === "batch") ? openLoop(intake) : undefined;
    for (const url of listen) {
      const options = { url, receiveBufferBytes: RECEIVE_BUFFER_BYTES, reusePort: false, stream, loop };
      const onError = (error: TransportError): void => {
        failure = error;
        stop.abort();
      };
      transports.push(await openTransport(options, intake, onError));
    }
    terminal.err(`capturing ${transports.map(({ listener }) => listener.url).join(", ")} into ${flags.out}`);
    const recording = record(intake, bounds.value, host, stop.signal);
    const fileBytes = await writeCapture(flags.out, recording.read(), bounds.value.compression);
    tell(recording, flags.out, fileBytes, terminal);
  } catch (error) {
    if (!(error instanceof CaptureFileError || error instanceof TransportError)) throw error;
    terminal.err(error.message);
    return 1;
  } finally {
    await Promise.all(transports.map((transport) => transport.close()));
  }
  if (failure !== undefined) terminal.err(failure.message);
  return failure === undefined ? 0 : 1;
}

/** What reads Unix datagrams; undefined where it cannot be had, which the listener then explains. */
function openLoop(intake: Intake): BatchLoop | undefined {
  try {
    return new BatchLoop(createPlainBatchSink(intake), AWAY_MS_MAX);
  } catch (error) {
    if (error instanceof LibcMissingError) return undefined;
    throw error;
  }
}

/** What the listeners give to. */
class Intake implements Sink {
  readonly #tap = new CaptureTap(unixMs);
  #datagrams = 0;

  constructor() {
    // From the first datagram on, also before the file is there.
    this.#tap.answer(true);
  }

  take(bytes: Uint8Array, address: string, port: number): void {
    this.#datagrams++;
    this.#tap.take(bytes, address, port);
  }

  /** What a stream refuses is no part of a capture: there is no whole line to send again. */
  refuse(): void {}

  /** What has gathered; the last time with what still waits in the sockets, as far as two turns without a datagram show. */
  async answer(isLast: boolean): Promise<Tapped[]> {
    const endMs = performance.now() + SETTLE_MS_MAX;
    for (let quiet = 0; isLast && quiet < 2 && performance.now() < endMs;) {
      const before = this.#datagrams;
      await nextTurn();
      quiet = this.#datagrams === before ? quiet + 1 : 0;
    }
    return [this.#tap.answer(!isLast)];
  }
}

function record(intake: Intake, bounds: Bounds, host: SignalHost, signal: AbortSignal): Recording {
  return new Recording({
    take: (isLast) => intake.answer(isLast),
    pause,
    monotonicMs: () => host.clock.monotonicMs(),
    ...bounds,
    signal,
  });
}

/** Unix milliseconds with a fraction: the clock's whole ones would put a thousand datagrams on one instant. */
export function unixMs(): number {
  return performance.timeOrigin + performance.now();
}

/** The first signal ends the work in good order, a second one at once. */
export function stopOnSignal(host: SignalHost, stop: AbortController): void {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)
    host.onSignal(signal, () => (stop.signal.aborted ? host.exit(code) : stop.abort()));
}

function tell(recording: Recording, path: string, fileBytes: number, terminal: Terminal): void {
  const { datagrams, lost, bytes, stopped } = recording;
  const reasons = { time: "time is up", size: "--max-bytes is reached", signal: "stopped", "reader gone": "cut" };
  terminal.out(
    `${path}: ${datagrams} datagrams, ${formatBytes(bytes)}, ${formatBytes(fileBytes)} on the disk; ${reasons[stopped ?? "signal"]}`,
  );
  if (lost > 0) terminal.err(`warning: ${lost} datagrams came faster than they could be written and are not in it`);
}

/** Listeners are read as `serve` reads them, and streams have its default limits. */
function readListen(
  listen: readonly string[] | undefined,
  environment: Environment,
): Result<Pick<Config, "listen" | "stream">, readonly ConfigError[]> {
  const loaded = loadConfig({
    environment: Object.fromEntries(OF_SYSTEMD.map((name) => [name, environment[name]])),
    flags: new Map(listen === undefined ? [] : [["listen", { value: listen, origin: "--listen" }]]),
    machine: thisMachine(),
  });
  return loaded.ok ? { ok: true, value: loaded.value.config } : loaded;
}

function readBounds({ seconds, maxBytes, compress, out }: CaptureFlags): Result<Bounds, string> {
  const durationMs = seconds === undefined ? Infinity : (parseDecimal(seconds) ?? 0) * 1_000;
  const bytesMax = parseBytes(maxBytes);
  if (out === "") return { ok: false, error: "--out is the name of the file to write" };
  if (durationMs <= 0 || (durationMs > DURATION_MS_MAX && seconds !== undefined))
    return { ok: false, error: `--seconds is a number above 0, up to ${DURATION_MS_MAX / 1_000}` };
  if (bytesMax === undefined || bytesMax < CAPTURE_BYTES_MIN)
    return { ok: false, error: `--max-bytes is a size such as 100MiB, ${CAPTURE_BYTES_MIN} bytes at least` };
  if (compress !== "zstd" && compress !== "none") return { ok: false, error: "--compress is zstd or none" };
  return { ok: true, value: { durationMs, bytesMax, compression: compress } };
}
