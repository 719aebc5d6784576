import { backoffMs } from "../../std/backoff.ts";
import type { BackoffOptions } from "../../std/backoff.ts";
import type { Batch } from "./batch.ts";

/** As Prometheus waits: 30 ms, doubled each time, 5 s at most. */
export const BACKOFF: BackoffOptions = { baseMs: 30, maxMs: 5_000, factor: 2 };

/**
 * One queue of requests, in order: the first is sent, and the next only when that one is delivered or dropped. So the
 * points of a series, which all go through one shard, arrive in the order of their times.
 */
export class Shard {
  readonly waiting: Batch[] = [];
  /** The first batch is on its way. */
  isSending = false;
  failures = 0;
  /** Nothing is sent before, in Unix milliseconds. */
  blockedUntilMs = 0;
  /** Why the last request failed, for a person; "" = it did not. */
  trouble = "";
  bytes = 0;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  add(...batches: readonly Batch[]): void {
    for (const batch of batches) this.bytes += batch.body.length;
    this.waiting.push(...batches);
  }

  /** Puts others in the place of the first one, which keep its place in the order. */
  replaceFirst(...batches: readonly Batch[]): void {
    this.takeFirst();
    for (const batch of batches) this.bytes += batch.body.length;
    this.waiting.unshift(...batches);
  }

  takeFirst(): Batch | undefined {
    return this.#removeAt(0);
  }

  /** The oldest that is not on its way. */
  oldest(): Batch | undefined {
    return this.waiting[this.isSending ? 1 : 0];
  }

  takeOldest(): Batch | undefined {
    return this.#removeAt(this.isSending ? 1 : 0);
  }

  succeed(): void {
    this.failures = 0;
    this.trouble = "";
  }

  /** `waitMs` overrides the backoff. */
  fail(nowMs: number, waitMs: number | undefined, why: string): void {
    this.failures += 1;
    this.blockedUntilMs = nowMs + (waitMs ?? backoffMs(this.failures, BACKOFF, this.#random));
    this.trouble = why;
  }

  #removeAt(index: number): Batch | undefined {
    const [batch] = this.waiting.splice(index, 1);
    this.bytes -= batch?.body.length ?? 0;
    return batch;
  }
}
