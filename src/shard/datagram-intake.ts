import type { Tally } from "../core/tally.ts";
import { Backlog } from "./backlog.ts";
import type { Taker } from "./backlog.ts";
import type { CaptureTap } from "./capture-tap.ts";
import type { Received } from "./counters.ts";
import { BACKLOG_BYTES_MAX, BACKLOG_TURN_MS, WORK_MAX } from "./limits.ts";
import type { Senders } from "./senders.ts";

/** Where what was received goes, and what is to be counted. */
export interface IntakeOptions {
  readonly tally: () => Tally;
  /** Only counted up here; `countLines` is for the lines. */
  readonly received: Received;
  readonly countLines: () => void;
  readonly senders: Senders;
  readonly tap: CaptureTap;
  /** To be called before the tally takes anything. */
  readonly setClock: () => void;
  readonly monotonicMs: () => number;
}

/** Datagrams, or blocks of a stream's lines, that JavaScript was handed one by one: copied into the tally's memory and taken there. */
export class DatagramIntake {
  readonly #options: IntakeOptions;
  readonly #backlog: Backlog;

  constructor(options: IntakeOptions) {
    this.#options = options;
    const take: Taker = (bytes, address, port) => {
      this.#enter(address, port);
      return this.#ingest(bytes);
    };
    this.#backlog = new Backlog(take, BACKLOG_BYTES_MAX, BACKLOG_TURN_MS, options.monotonicMs);
  }

  /** False where some of what came waits for a later turn of the event loop. */
  get isUpToDate(): boolean {
    return this.#backlog.isEmpty;
  }

  /** Resolves when it is; undefined where it is so now. */
  whenUpToDate(): Promise<void> | undefined {
    return this.#backlog.whenEmpty();
  }

  take(bytes: Uint8Array, address: string, port: number): void {
    const { received, senders, tap } = this.#options;
    received.datagrams++;
    received.bytes += bytes.length;
    if (tap.isOn) tap.take(bytes, address, port);
    this.#enter(address, port);
    senders.count(0, 0);
    this.#backlog.add(bytes, address, port);
  }

  /** What is taken next comes from this sender, and now. */
  #enter(address: string, port: number): void {
    this.#options.setClock();
    this.#options.senders.enter(address, port);
  }

  /** Takes lines from the beginning until they have cost enough; answers how many bytes that were. */
  #ingest(bytes: Uint8Array): number {
    const { senders, countLines } = this.#options;
    const tally = this.#options.tally();
    tally.heap.set(bytes, tally.inputOffset);
    const linesBefore = tally.lines;
    const taken = tally.ingest(tally.inputOffset, bytes.length, WORK_MAX);
    senders.count(taken, tally.lines - linesBefore, 0);
    countLines();
    return taken;
  }
}
