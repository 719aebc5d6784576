import { BACKOFF_DEFAULT } from "../../std/backoff.ts";
import type { Secret } from "../../std/secret.ts";
import { Breaker } from "../delivery/breaker.ts";
import type { KeySource } from "../delivery/key-source.ts";
import type { DropReason, Ledger } from "./ledger.ts";
import type { DatadogOptions } from "./options.ts";
import { halve, pointsOf } from "./payload.ts";
import { headersOf } from "./headers.ts";
import type { Payload } from "./payload.ts";
import { Queue } from "./queue.ts";
import type { Log } from "../delivery/report.ts";
import { errorText, quote } from "../delivery/report.ts";
import type { Route } from "./route.ts";
import type { PostResponse, Transport } from "../delivery/transport.ts";
import type { Verdict } from "./verdict.ts";
import { hasErrors, judge } from "./verdict.ts";

export interface DeliveryDeps {
  readonly log: Log;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly transport: Transport;
  /** Resolves after `ms`, or at once when the signal is aborted; keeps the process alive meanwhile. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** One request: what it carries, and what was true when it was started. */
interface Attempt {
  readonly line: Line;
  readonly payload: Payload;
  readonly generation: number;
  /** The key that it was sent with; undefined = none, or there was none to be had. */
  key: Secret | undefined;
}

/** How what goes to one path fares. */
interface Line {
  readonly path: string;
  readonly breaker: Breaker;
  inFlight: number;
  /** Why the last request failed, for a person; "" = it did not. */
  trouble: string;
  alarm: boolean;
}

type Settings = Pick<
  DatadogOptions,
  "timeoutMs" | "concurrencyMax" | "retryQueueBytes" | "retryAgeMaxMs" | "compression" | "userAgent"
>;

/** Failures in a row before an ordinary trouble (a 5xx, no connection) counts as unhealthy. */
const FAILURES_HEALTHY_MAX = 2;

/** Posts payloads: the newest first, several at a time, each route with its own breaker; keeps what fails. */
export class Delivery {
  delivered = 0;
  retries = 0;
  readonly #settings: Settings;
  readonly #base: string;
  readonly #deps: DeliveryDeps;
  readonly #keys: KeySource;
  readonly #ledger: Ledger;
  readonly #queue: Queue;
  readonly #lines = new Map<string, Line>();
  readonly #abort = new AbortController();
  readonly #reported = new Set<string>();
  #closed = false;
  #wake: () => void = () => {};

  constructor(settings: Settings, base: string, keys: KeySource, ledger: Ledger, deps: DeliveryDeps) {
    this.#settings = settings;
    this.#base = base;
    this.#keys = keys;
    this.#ledger = ledger;
    this.#deps = deps;
    this.#queue = new Queue(settings.retryQueueBytes);
  }

  /** Payloads that wait or are on their way. */
  get queued(): number {
    let count = this.#queue.length;
    for (const line of this.#lines.values()) count += line.inFlight;
    return count;
  }

  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  add(payload: Payload): void {
    if (this.#closed) return this.#drop("shutdown", [payload]);
    this.#queue.add(payload);
    this.#pump(this.#line(payload.route));
    // Only now: the limit is for what waits, and most payloads never do.
    this.#drop("queue_full", this.#queue.takeExcess());
  }

  /** Once a second: drops what is too old, and sends what may be tried again. */
  tick(): void {
    const { retryAgeMaxMs } = this.#settings;
    this.#drop("too_old", this.#queue.takeTooOld(this.#deps.now(), retryAgeMaxMs > 0 ? retryAgeMaxMs : Infinity));
    for (const line of this.#lines.values()) this.#pump(line);
  }

  /** From now on a 400 and a body with errors are logged once more: called at each interval. */
  forgetReported(): void {
    this.#reported.clear();
  }

  /** What is wrong, for a person; healthy where nothing is, or it may well pass by itself. */
  health(): { readonly healthy: boolean; readonly detail: string } {
    for (const line of this.#lines.values()) {
      if (line.trouble === "") continue;
      const healthy = !line.alarm && line.breaker.failures <= FAILURES_HEALTHY_MAX;
      const seconds = Math.max(0, Math.ceil((line.breaker.blockedUntilMs - this.#deps.now()) / 1000));
      return { healthy, detail: `${line.path}: ${line.trouble}; next try in ${seconds} s` };
    }
    return { healthy: true, detail: `delivering to ${quote(this.#base, this.#keys.seen())}` };
  }

  /** Sends what it can until `deadlineMs`; the rest is dropped and counted. */
  async close(deadlineMs: number): Promise<void> {
    for (const line of this.#lines.values()) line.breaker.relax(this.#deps.now());
    while (this.queued > 0 && this.#deps.now() < deadlineMs) {
      this.tick();
      const nextMs = this.#nextTryMs();
      if (nextMs >= deadlineMs && !this.#inFlight()) break;
      await this.#progress(Math.min(nextMs, deadlineMs) - this.#deps.now());
    }
    this.#closed = true;
    this.#abort.abort();
    this.#drop("shutdown", this.#queue.takeAll());
    while (this.queued > 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    await this.#deps.transport.close();
  }

  /** Resolves when a request has ended, or after `ms`. */
  async #progress(ms: number): Promise<void> {
    const pause = new AbortController();
    const ended = new Promise<void>((resolve) => (this.#wake = resolve));
    await Promise.race([ended, this.#deps.wait(Math.max(1, ms), pause.signal)]);
    pause.abort();
  }

  #inFlight(): boolean {
    return [...this.#lines.values()].some((line) => line.inFlight > 0);
  }

  /** When the next probe of a route that has something to send is due, in Unix milliseconds. */
  #nextTryMs(): number {
    let nextMs = Infinity;
    for (const { path, inFlight, breaker } of this.#lines.values()) {
      if (inFlight === 0 && this.#queue.has(path)) nextMs = Math.min(nextMs, breaker.blockedUntilMs);
    }
    return nextMs;
  }

  #line({ path }: Route): Line {
    let line = this.#lines.get(path);
    if (line === undefined) {
      line = { path, breaker: new Breaker(this.#deps.random), inFlight: 0, trouble: "", alarm: false };
      this.#lines.set(path, line);
    }
    return line;
  }

  #pump(line: Line): void {
    const room = line.breaker.room(this.#deps.now(), line.inFlight, this.#settings.concurrencyMax);
    for (let started = 0; started < room && !this.#closed; started++) {
      const payload = this.#queue.takeNewest(line.path);
      if (payload === undefined) return;
      line.inFlight++;
      // Answers all failures itself: a rejection here is a bug, and ends the process as one.
      void this.#send(line, payload).then(() => {
        line.inFlight--;
        this.#wake();
        this.#pump(line);
      });
    }
  }

  async #send(line: Line, payload: Payload): Promise<void> {
    const attempt: Attempt = { line, payload, generation: line.breaker.generation, key: undefined };
    let response: PostResponse;
    try {
      attempt.key = await this.#keys.get();
      response = await this.#post(payload, attempt.key);
    } catch (error) {
      if (this.#closed) return this.#drop("shutdown", [payload]);
      const why = errorText(error, this.#keys.seen());
      return this.#retry(attempt, { waitMs: undefined, alarm: false, why });
    }
    await this.#settle(attempt, judge(response, this.#deps.now()), response);
  }

  #post(payload: Payload, key: Secret | undefined): Promise<PostResponse> {
    const { timeoutMs, userAgent } = this.#settings;
    const headers = headersOf(payload, userAgent, key);
    const url = this.#base + payload.route.path;
    return this.#deps.transport.post({ url, headers, body: payload.body, timeoutMs, signal: this.#abort.signal });
  }

  async #settle(attempt: Attempt, verdict: Verdict, response: PostResponse): Promise<void> {
    const { line, payload } = attempt;
    switch (verdict.type) {
      case "delivered":
        this.#succeed(attempt);
        this.delivered++;
        this.#ledger.deliver(pointsOf(payload));
        if (hasErrors(response.body)) this.#report(line, response, "the intake took the points but reports errors");
        return;
      case "refused":
        this.#succeed(attempt);
        this.#report(line, response, "the intake refused a payload; its points are dropped");
        return this.#drop("http_400", [payload]);
      case "split":
        this.#succeed(attempt);
        return this.#split(payload);
      case "key":
        return this.#keyRefused(attempt);
      case "retry":
        return this.#retry(attempt, { ...verdict, why: `answered ${response.status}` });
    }
  }

  async #split(payload: Payload): Promise<void> {
    // Fails where memory is short.
    const halves = await halve(payload, this.#settings.compression).catch(() => undefined);
    if (halves === undefined) return this.#drop("encode_error", [payload]);
    if (halves.tooBig > 0) this.#ledger.drop("http_413", halves.tooBig);
    for (const half of halves.payloads) this.#putBack(half);
  }

  /**
   * The key may have been rotated: the file is read again, and another key than the refused one is tried at once. Not one
   * that is new to us: several requests are refused because of one old key.
   */
  async #keyRefused(attempt: Attempt): Promise<void> {
    let why = "the API key was refused (403): check DD_API_KEY and that the site is the key's";
    let isOther = false;
    try {
      await this.#keys.refresh();
      isOther = (await this.#keys.get())?.reveal() !== attempt.key?.reveal();
    } catch (error) {
      why += `; ${errorText(error, this.#keys.seen())}`;
    }
    this.#retry(attempt, { waitMs: isOther ? 0 : BACKOFF_DEFAULT.maxMs, alarm: !isOther, why });
  }

  #succeed({ line, generation }: Attempt): void {
    line.breaker.succeed(generation);
    if (line.breaker.failures > 0 || line.trouble === "") return;
    this.#deps.log.info({ route: line.path }, "the Datadog intake takes payloads again");
    line.trouble = "";
    line.alarm = false;
  }

  #retry(
    { line, payload, generation }: Attempt,
    cause: { readonly waitMs: number | undefined; readonly alarm: boolean; readonly why: string },
  ): void {
    const first = generation === line.breaker.generation;
    line.breaker.fail(generation, this.#deps.now(), cause.waitMs);
    line.trouble = cause.why;
    line.alarm = cause.alarm;
    this.retries++;
    if (first) {
      const waitMs = Math.max(0, Math.round(line.breaker.blockedUntilMs - this.#deps.now()));
      const fields = { route: line.path, failures: line.breaker.failures, waitMs, cause: cause.why };
      if (cause.alarm)
        this.#deps.log.error(fields, "posting to Datadog fails and needs attention; the points are kept");
      else this.#deps.log.warn(fields, "posting to Datadog failed; the points are kept and sent again");
    }
    this.#putBack(payload);
  }

  #putBack(payload: Payload): void {
    if (this.#closed) return this.#drop("shutdown", [payload]);
    this.#queue.add(payload);
    this.#drop("queue_full", this.#queue.takeExcess());
  }

  #report(line: Line, response: PostResponse, message: string): void {
    const once = `${line.path} ${response.status}`;
    if (this.#reported.has(once)) return;
    this.#reported.add(once);
    const body = quote(response.body, this.#keys.seen());
    this.#deps.log.warn({ route: line.path, status: response.status, body }, message);
  }

  #drop(reason: DropReason, payloads: readonly Payload[]): void {
    if (payloads.length === 0) return;
    const points = payloads.reduce((sum, payload) => sum + pointsOf(payload), 0);
    this.#ledger.drop(reason, points);
    if (reason === "http_400") return;
    this.#deps.log.warn({ reason, points, payloads: payloads.length }, "points for Datadog are dropped");
  }
}
