import type { Payload } from "./payload.ts";
import { bytesOf } from "./payload.ts";

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

  has(path: string): boolean {
    return this.#waiting.some((payload) => payload.route.path === path);
  }

  /** Takes the newest of a route out. */
  takeNewest(path: string): Payload | undefined {
    const at = this.#waiting.findLastIndex((payload) => payload.route.path === path);
    if (at < 0) return undefined;
    const [payload] = this.#waiting.splice(at, 1);
    this.#bytes -= bytesOf(payload as Payload);
    return payload;
  }

  /** Takes out what is older than `ageMaxMs`, or than its route allows. `nowMs` is Unix milliseconds. */
  takeTooOld(nowMs: number, ageMaxMs: number): Payload[] {
    const isTooOld = ({ route, createdMs }: Payload): boolean =>
      nowMs - createdMs > Math.min(ageMaxMs, route.ageMaxMs ?? Infinity);
    const old = this.#waiting.filter(isTooOld);
    if (old.length > 0) this.#waiting.splice(0, Infinity, ...this.#waiting.filter((payload) => !isTooOld(payload)));
    for (const payload of old) this.#bytes -= bytesOf(payload);
    return old;
  }

  takeAll(): Payload[] {
    return this.#removeOldest(this.#waiting.length);
  }

  #removeOldest(count: number): Payload[] {
    const removed = this.#waiting.splice(0, count);
    for (const payload of removed) this.#bytes -= bytesOf(payload);
    return removed;
  }
}
