const MS_NS = 1e6;

/** When recorded datagrams are due, so that the gaps between them are the recorded ones, divided by the speed. */
export class Pace {
  readonly #speed: number;
  readonly #monotonicMs: () => number;
  #first: { readonly timeNs: bigint; readonly atMs: number } | undefined;

  /** `speed` 2 is twice as fast; infinite is without any waiting. */
  constructor(speed: number, monotonicMs: () => number) {
    this.#speed = speed;
    this.#monotonicMs = monotonicMs;
  }

  /**
   * Milliseconds until a datagram of that time is due; 0 when it is late. The first one is due at once. Late ones do not
   * move those after them, so that the whole takes as long as it did.
   */
  waitMs(timeNs: bigint): number {
    if (this.#speed === Infinity) return 0;
    this.#first ??= { timeNs, atMs: this.#monotonicMs() };
    const dueMs = Number(timeNs - this.#first.timeNs) / MS_NS / this.#speed;
    return Math.max(0, this.#first.atMs + dueMs - this.#monotonicMs());
  }
}
