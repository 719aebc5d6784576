import { CaptureFileError, openCapture } from "../capture/file.ts";
import type { CaptureReport } from "../capture/file.ts";
import { Pace } from "../capture/pace.ts";
import type { CaptureRecord } from "../capture/record.ts";
import { formatBytes } from "../std/bytes.ts";
import { parseDecimal } from "../std/decimal.ts";
import { openTarget } from "../transport/target/open.ts";
import { TargetError } from "../transport/target/target.ts";
import type { TargetSocket } from "../transport/target/target.ts";
import { formatTarget, parseTarget } from "../transport/target/url.ts";
import { stopOnSignal } from "./capture.ts";
import type { SignalHost } from "./capture.ts";
import { pause } from "./pause.ts";
import type { Terminal } from "./terminal.ts";

export interface ReplayFlags {
  readonly to: string;
  readonly speed: string;
  readonly loop: string;
}

/** Datagrams on their way to the system at once. */
const IN_FLIGHT_MAX = 64;
/** A wait is cut into pieces of this, in milliseconds: a timer cannot wait for as long as a file can ask. */
const PAUSE_MS_MAX = 60_000;
const PROGRESS_MS = 1_000;
const LOOPS_MAX = 1_000_000_000;

/** `tallyd replay FILE`: sends a capture's datagrams again, at their old pace or another. Answers the exit code. */
export async function replay(path: string, flags: ReplayFlags, terminal: Terminal, host: SignalHost): Promise<number> {
  const speed = flags.speed === "max" ? Infinity : (parseDecimal(flags.speed) ?? 0);
  const loops = /^\d{1,10}$/.test(flags.loop) ? Number(flags.loop) : -1;
  if (speed <= 0 || loops < 0 || loops > LOOPS_MAX) {
    terminal.err("--speed is max or a number above 0 (1: as recorded); --loop is a whole number (0: until a signal)");
    return 2;
  }
  const to = parseTarget(flags.to);
  if (!to.ok) {
    terminal.err(`--to: ${to.error}`);
    return 2;
  }
  const stop = new AbortController();
  stopOnSignal(host, stop);
  let target: TargetSocket;
  try {
    // Before anybody is bothered.
    await openCapture(path);
    target = await openTarget(to.value);
  } catch (error) {
    if (!(error instanceof CaptureFileError || error instanceof TargetError)) throw error;
    terminal.err(error.message);
    return 1;
  }
  const run = new Replay(target, terminal, host, stop.signal);
  try {
    await run.repeat(path, speed, loops === 0 ? Infinity : loops);
  } catch (error) {
    if (!(error instanceof CaptureFileError)) throw error;
    run.isFailed = true;
    terminal.err(error.message);
  } finally {
    await target.close();
  }
  return run.verdict(path, formatTarget(to.value));
}

class Replay {
  readonly #target: TargetSocket;
  readonly #terminal: Terminal;
  readonly #clock: SignalHost["clock"];
  readonly #stop: AbortSignal;
  readonly #startMs: number;
  #inFlight: Promise<void>[] = [];
  #datagrams = 0;
  #bytes = 0;
  #errors = 0;
  #firstError: TargetError | undefined;
  #nextProgressMs: number;
  #isTargetGone = false;
  /** The file could not be read, or not to its end. */
  isFailed = false;

  constructor(target: TargetSocket, terminal: Terminal, { clock }: SignalHost, stop: AbortSignal) {
    this.#target = target;
    this.#terminal = terminal;
    this.#clock = clock;
    this.#stop = stop;
    this.#startMs = clock.monotonicMs();
    this.#nextProgressMs = this.#startMs + PROGRESS_MS;
  }

  async repeat(path: string, speed: number, loops: number): Promise<void> {
    for (let loop = 0; loop < loops && !this.#isOver; loop++) {
      const before = this.#datagrams + this.#errors;
      const { pieces, report } = await openCapture(path);
      const pace = new Pace(speed, () => this.#clock.monotonicMs());
      for await (const records of pieces) {
        await this.#sendPiece(records, pace);
        if (this.#isOver) return;
      }
      await this.#settle();
      if (loop === 0) this.#warn(path, report);
      // Without a datagram, an endless loop would be a busy one.
      if (this.#datagrams + this.#errors === before) return;
    }
  }

  /** Tells what became of it; answers the exit code. */
  verdict(path: string, to: string): number {
    const seconds = Math.max(0.001, (this.#clock.monotonicMs() - this.#startMs) / 1_000);
    const rate = `${seconds.toFixed(1)} s (${Math.round(this.#datagrams / seconds)}/s)`;
    const sent = `${this.#datagrams} datagrams, ${this.#bytes} bytes in ${rate}`;
    const how = this.#stop.aborted ? "stopped; " : "";
    this.#terminal.out(`${path} to ${to}: ${how}${sent}; ${this.#errors} errors`);
    if (this.#firstError !== undefined) this.#terminal.err(`the first error: ${this.#firstError.message}`);
    if (this.#isTargetGone) this.#terminal.err("the target takes nothing more; the rest of the capture was not sent");
    return this.isFailed || this.#errors > 0 ? 1 : 0;
  }

  async #sendPiece(records: readonly CaptureRecord[], pace: Pace): Promise<void> {
    for (const { timeNs, payload } of records) {
      for (let waitMs = pace.waitMs(timeNs); waitMs > 0 && !this.#isOver; waitMs = pace.waitMs(timeNs)) {
        await this.#settle();
        this.#progress();
        await pause(Math.min(waitMs, PAUSE_MS_MAX), this.#stop);
      }
      if (this.#isOver) break;
      this.#inFlight.push(this.#send(payload));
      if (this.#inFlight.length >= IN_FLIGHT_MAX) await this.#settle();
    }
    await this.#settle();
    this.#progress();
  }

  async #send(payload: Uint8Array): Promise<void> {
    try {
      await this.#target.send(payload);
      this.#datagrams++;
      this.#bytes += payload.length;
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      this.#errors++;
      this.#firstError ??= error;
      if (error.isFinal) this.#isTargetGone = true;
    }
  }

  async #settle(): Promise<void> {
    await Promise.all(this.#inFlight.splice(0));
  }

  /** Stopped by a signal; or the target is gone, and the rest of the file would only fail, too. */
  get #isOver(): boolean {
    return this.#stop.aborted || this.#isTargetGone;
  }

  #progress(): void {
    const nowMs = this.#clock.monotonicMs();
    if (!this.#terminal.isTerminal || nowMs < this.#nextProgressMs) return;
    this.#nextProgressMs = nowMs + PROGRESS_MS;
    this.#terminal.err(`${this.#datagrams} datagrams, ${formatBytes(this.#bytes)} sent; ${this.#errors} errors`);
  }

  #warn(path: string, { ending, why, refused }: CaptureReport): void {
    if (ending === "cut") this.#terminal.err(`warning: ${path}: ${why}; all whole records before that were sent`);
    if (ending === "broken") {
      this.isFailed = true;
      this.#terminal.err(`${path} is damaged: ${why}; the records before that were sent`);
    }
    if (refused > 0) this.#terminal.err(`warning: ${path}: ${refused} records could not be read and were left out`);
  }
}
