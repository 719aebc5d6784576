import { BACKOFF_DEFAULT, backoffMs } from "../../std/backoff.ts";

/**
 * Keeps a failing route from being hammered: after a failure nothing is sent until the backoff is over, then one
 * probe; when that succeeds the route is open again for everything.
 */
export class Breaker {
  failures = 0;
  blockedUntilMs = 0;
  #generation = 0;
  #failedMs = 0;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Identifies the time between two failures: hand it back with the outcome of what was started in it. */
  get generation(): number {
    return this.#generation;
  }

  /** How many more requests may start now. */
  room(nowMs: number, inFlight: number, concurrencyMax: number): number {
    if (this.failures === 0) return concurrencyMax - inFlight;
    this.#follow(nowMs);
    return nowMs >= this.blockedUntilMs && inFlight === 0 ? 1 : 0;
  }

  /** Requests that were started before the last failure say nothing about the server as it is now. */
  succeed(generation: number): void {
    if (generation === this.#generation) this.failures = 0;
  }

  /** Several requests that fail together are one failure. `waitMs` overrides the backoff. */
  fail(generation: number, nowMs: number, waitMs: number | undefined): void {
    this.#follow(nowMs);
    this.#failedMs = nowMs;
    if (generation === this.#generation) {
      this.failures++;
      this.#generation++;
      this.blockedUntilMs = nowMs + (waitMs ?? backoffMs(this.failures, BACKOFF_DEFAULT, this.#random));
    } else if (waitMs !== undefined) {
      this.blockedUntilMs = Math.max(this.blockedUntilMs, nowMs + waitMs);
    }
  }

  /** Lets one probe through at once: the key has changed, or there is no later. */
  relax(nowMs: number): void {
    this.blockedUntilMs = Math.min(this.blockedUntilMs, nowMs);
  }

  /** A clock that was set back to before the failure does not lengthen the wait. */
  #follow(nowMs: number): void {
    if (nowMs >= this.#failedMs) return;
    this.blockedUntilMs -= this.#failedMs - nowMs;
    this.#failedMs = nowMs;
  }
}
