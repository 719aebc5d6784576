import type { Payload } from "./payload.ts";
import { bytesOf } from "./payload.ts";
import type { Route } from "./route.ts";

/** Payloads of all routes that wait for delivery, within a limit of bytes; the newest of a route leaves first. */
export class Queue {
  /** Ascending by age: the oldest is first. */
  readonly #waiting: Payload[] = [];
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get length(): number {
    return this.#waiting.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds one, whether there is room for it or not: `takeExcess` makes room. */
  add(payload: Payload): void {
    let at = this.#waiting.length;
    while (at > 0 && (this.#waiting[at - 1] as Payload).createdMs > payload.createdMs) at--;
    this.#waiting.splice(at, 0, payload);
    this.#bytes += bytesOf(payload);
  }

  /** Takes out those that have to go for want of room: the oldest. */
  takeExcess(): Payload[] {
    let excess = 0;
    for (let bytes = this.#bytes; bytes > this.#bytesMax; excess++) bytes -= bytesOf(this.#waiting[excess] as Payload);
    return this.#removeOldest(excess);
  }

  has(route: Route): boolean {
    return this.#waiting.some((payload) => payload.route === route);
  }

  /** Takes the newest of a route out. */
  takeNewest(route: Route): Payload | undefined {
    const at = this.#waiting.findLastIndex((payload) => payload.route === route);
    if (at < 0) return undefined;
    const [payload] = this.#waiting.splice(at, 1);
    this.#bytes -= bytesOf(payload as Payload);
    return payload;
  }

  /** Takes out all that were created before a time, in Unix milliseconds. */
  takeOlderThan(createdMs: number): Payload[] {
    const fresh = this.#waiting.findIndex((payload) => payload.createdMs >= createdMs);
    return this.#removeOldest(fresh < 0 ? this.#waiting.length : fresh);
  }

  #removeOldest(count: number): Payload[] {
    const removed = this.#waiting.splice(0, count);
    for (const payload of removed) this.#bytes -= bytesOf(payload);
    return removed;
  }
}
