import { header, LENGTH_BYTES, trailer } from "./format.ts";

/** What a tap hands over: records as the file holds them, whole ones in each block, and how many did not fit. */
export interface Tapped {
  readonly blocks: readonly Uint8Array[];
  readonly lost: number;
}

export interface RecordingOptions {
  /** Hands over what has gathered since the last call; `isLast` ends the gathering. */
  readonly take: (isLast: boolean) => Promise<readonly Tapped[]>;
  /** Waits so long, in milliseconds, or until the signal is aborted, and does not fail. */
  readonly pause: (delayMs: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds from any start that only ever grow. */
  readonly monotonicMs: () => number;
  readonly durationMs: number;
  /** Of the capture before it is compressed, header and closing mark included. */
  readonly bytesMax: number;
  /** Ends the recording early, with its closing mark. */
  readonly signal: AbortSignal;
}

/** A capture below this would be without a single datagram of usual size. */
export const CAPTURE_BYTES_MIN = 4_096;

/** How long datagrams gather between two looks, in milliseconds. */
const GATHER_MS = 50;
/** A look that brought more than this is followed by the next one at once: the taps' buffers are filling. */
const BUSY_BYTES = 1 << 20;

const NOTHING = new Uint8Array(0);

export type Stopped = "time" | "size" | "signal" | "reader gone";

/** Pulls from taps until time or size is up. The reader of `bytes` sets the pace: a slow one makes the taps lose, and count. */
export class Recording {
  readonly #options: RecordingOptions;
  /** Of datagrams that are in the capture, and of those that were received and did not fit into a tap's buffer. */
  datagrams = 0;
  lost = 0;
  /** Of the capture so far, before it is compressed. */
  bytes = 0;
  stopped: Stopped | undefined;

  constructor(options: RecordingOptions) {
    this.#options = options;
  }

  /** The whole capture, header to closing mark; to be read once. */
  async *read(): AsyncGenerator<Uint8Array> {
    const { pause, signal, monotonicMs, durationMs } = this.#options;
    const endMs = monotonicMs() + durationMs;
    let isEnded = false;
    try {
      // The first look is where the taps begin to gather.
      yield* this.#hand(header());
      while (!isEnded) {
        const restMs = endMs - monotonicMs();
        isEnded = signal.aborted || restMs <= 0;
        if (isEnded) this.stopped = signal.aborted ? "signal" : "time";
        let tapped = 0;
        for (const block of this.#blocks(await this.#options.take(isEnded))) {
          tapped += block.length;
          yield* this.#hand(this.#fit(block));
        }
        if (this.stopped === "size") break;
        // Nothing, so that a reader that has gone ends this also while nothing is received.
        yield NOTHING;
        if (!isEnded && tapped < BUSY_BYTES) await pause(Math.min(GATHER_MS, restMs), signal);
      }
      yield* this.#hand(trailer());
    } finally {
      this.stopped ??= "reader gone";
      if (!isEnded) await this.#options.take(true);
    }
  }

  #blocks(taken: readonly Tapped[]): Uint8Array[] {
    for (const { lost } of taken) this.lost += lost;
    return taken.flatMap(({ blocks }) => blocks);
  }

  *#hand(bytes: Uint8Array): Generator<Uint8Array> {
    this.bytes += bytes.length;
    if (bytes.length > 0) yield bytes;
  }

  /** The records of a block that still fit; the first one that does not ends the recording. */
  #fit(block: Uint8Array): Uint8Array {
    const room = this.stopped === "size" ? 0 : this.#options.bytesMax - this.bytes - trailer().length;
    const view = new DataView(block.buffer, block.byteOffset, block.length);
    let at = 0;
    while (at < block.length) {
      const next = at + LENGTH_BYTES + view.getUint32(at, true);
      if (next > room) {
        this.stopped = "size";
        break;
      }
      this.datagrams++;
      at = next;
    }
    return block.subarray(0, at);
  }
}
