import { setImmediate as yieldToLoop } from "node:timers/promises";
import type { Snapshot } from "./snapshot.ts";

/** Counters read before the event loop gets its turn: two or three milliseconds. */
const SLICE_COST = 5_000;

/**
 * Reads snapshots in slices. The first slice, and so all of a small tally, is read at once; of a large one the rest
 * follows in the next turns of the event loop. What is merged into a cell before its turn still belongs to the
 * interval being closed: late by less than a drain, and never lost.
 */
export class Reader {
  readonly #onRead: (snapshot: Snapshot) => void;
  #current: Snapshot | undefined;
  #rest: Promise<void> = Promise.resolve();

  constructor(onRead: (snapshot: Snapshot) => void) {
    this.#onRead = onRead;
  }

  get isReading(): boolean {
    return this.#current !== undefined;
  }

  /** Begins a snapshot; one that is still being read is read to its end first. */
  start(snapshot: Snapshot): void {
    this.#slice(Infinity);
    this.#current = snapshot;
    if (!this.#slice(SLICE_COST)) this.#rest = this.#readRest(snapshot);
  }

  /** Resolves when the last snapshot has been read. */
  idle(): Promise<void> {
    return this.#rest;
  }

  async #readRest(snapshot: Snapshot): Promise<void> {
    do await yieldToLoop();
    while (this.#current === snapshot && !this.#slice(SLICE_COST));
  }

  #slice(cost: number): boolean {
    const snapshot = this.#current;
    if (snapshot === undefined) return true;
    if (!snapshot.read(cost)) return false;
    this.#current = undefined;
    this.#onRead(snapshot);
    return true;
  }
}
