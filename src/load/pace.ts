/**
 * Says how many datagrams are due: a token bucket that fills with time. A sender that was held up may catch up with what
 * fell due in the last `catchUpMs` milliseconds; what is older is not sent any more, since a burst of it would measure
 * the receiver's buffers and not its speed.
 */
export class Pace {
  readonly #perMs: number;
  readonly #tokensMax: number;
  #tokens = 0;
  #filledMs: number;

  /** `perSecond` may be Infinity: then there is always more to send. */
  constructor(perSecond: number, nowMs: number, catchUpMs: number) {
    this.#perMs = perSecond / 1_000;
    // At low rates one datagram must be able to fall due.
    this.#tokensMax = Math.max(1, this.#perMs * catchUpMs);
    this.#filledMs = nowMs;
  }

  /** Whole datagrams due at `nowMs` of a clock that never goes back. */
  due(nowMs: number): number {
    if (this.#perMs === Infinity) return Infinity;
    this.#tokens = Math.min(this.#tokensMax, this.#tokens + (nowMs - this.#filledMs) * this.#perMs);
    this.#filledMs = nowMs;
    return Math.floor(this.#tokens);
  }

  spend(datagrams: number): void {
    if (this.#perMs !== Infinity) this.#tokens -= datagrams;
  }
}
