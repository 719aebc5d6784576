import type { Readable } from "node:stream";
import { captureStream } from "../capture/file.ts";
import { Recording } from "../capture/recording.ts";
import type { Tapped } from "../capture/recording.ts";
import type { Clock } from "../std/clock.ts";
import type { Logger } from "../std/log.ts";
import type { CaptureRequest } from "../web/capture.ts";
import { pause } from "./pause.ts";

export interface LiveCaptureOptions {
  /** Asks every shard for what its tap has gathered; true lets them go on, false ends it. */
  readonly tap: (isOn: boolean) => Promise<readonly Tapped[]>;
  readonly clock: Clock;
  readonly log: Logger;
}

const STOP_MS_MAX = 1_000;

/** Captures of what the running server receives, one at a time. */
export class LiveCapture {
  readonly #options: LiveCaptureOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: LiveCaptureOptions) {
    this.#options = options;
  }

  /** Starts one, and answers once every shard records; undefined while another runs. It ends by time, by size, by `stop`, or when the stream is destroyed. */
  readonly start = async ({ durationMs, bytesMax, compression }: CaptureRequest): Promise<Readable | undefined> => {
    if (this.#running !== undefined || this.#stop.signal.aborted) return undefined;
    const { tap, clock } = this.#options;
    const ended = Promise.withResolvers<void>();
    this.#running = ended.promise;
    await tap(true);
    const recording = new Recording({
      take: (isLast) => tap(!isLast),
      pause,
      monotonicMs: () => clock.monotonicMs(),
      durationMs,
      bytesMax,
      signal: this.#stop.signal,
    });
    let isBegun = false;
    const end = (): void => {
      this.#running = undefined;
      this.#tell(recording);
      ended.resolve();
    };
    async function* read(): AsyncGenerator<Uint8Array> {
      isBegun = true;
      try {
        yield* recording.read();
      } finally {
        // Not before the taps are off: the end of this capture would turn off the next one's.
        end();
      }
    }
    const stream = captureStream(read(), compression);
    stream.once("close", () => {
      // A generator whose reader has gone before it began has no end of its own.
      if (!isBegun) void tap(false).then(end);
    });
    this.#options.log.info({ durationMs, bytesMax, compression }, "a capture begins");
    return stream;
  };

  /** Ends the running capture with its closing mark, and allows none after it. A reader that has stalled is not waited for. */
  async stop(): Promise<void> {
    this.#stop.abort();
    if (this.#running === undefined) return;
    const late = new Promise<void>((resolve) => this.#options.clock.after(STOP_MS_MAX, resolve));
    await Promise.race([this.#running, late]);
  }

  #tell({ datagrams, lost, bytes, stopped }: Recording): void {
    const { log } = this.#options;
    const fields = { datagrams, lost, bytes, stopped };
    if (lost === 0) log.info(fields, "a capture has ended");
    else log.warn(fields, `a capture has ended without ${lost} datagrams: its reader was slower than the traffic`);
  }
}
