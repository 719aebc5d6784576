import { errorText, quote } from "../delivery/report.ts";
import type { Log } from "../delivery/report.ts";
import type { PostResponse, Transport } from "../delivery/transport.ts";
import { downgrade, halve } from "./batch.ts";
import type { Batch } from "./batch.ts";
import type { Credentials } from "./credentials.ts";
import type { DropReason, Ledger } from "./ledger.ts";
import type { RemoteWriteOptions } from "./options.ts";
import type { Version } from "./proto/message.ts";
import { Shard } from "./shard.ts";
import { judge } from "./verdict.ts";

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

type Settings = Pick<
  RemoteWriteOptions,
  "url" | "version" | "userAgent" | "timeoutMs" | "shards" | "queueBytesMax" | "ageMaxMs"
>;

type Headers = Readonly<Record<string, string>>;

const CONTENT_TYPE: Readonly<Record<Version, string>> = {
  "1.0": "application/x-protobuf",
  "2.0": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
};
const VERSION_HEADER: Readonly<Record<Version, string>> = { "1.0": "0.1.0", "2.0": "2.0.0" };
/** Answers 500 to one request before it is cut in halves, to find the point at which the receiver stumbles. */
const SUSPICIONS_MAX = 5;
/** Failures in a row before an ordinary trouble (a 5xx, no connection) counts as unhealthy. */
const FAILURES_HEALTHY_MAX = 2;

/** Posts batches, in order within each shard, and keeps what fails for a time that may pass. */
export class Delivery {
  delivered = 0;
  retries = 0;
  /** The version that is spoken now; falls back to 1.0 once and for all. */
  version: Version;
  readonly #settings: Settings;
  readonly #credentials: Credentials;
  readonly #ledger: Ledger;
  readonly #deps: DeliveryDeps;
  readonly #shards: readonly Shard[];
  readonly #abort = new AbortController();
  readonly #reported = new Set<string>();
  /** The last refusal, for a person, until something is delivered. */
  #refusal = "";
  #closed = false;
  #wake: () => void = () => {};

  constructor(settings: Settings, credentials: Credentials, ledger: Ledger, deps: DeliveryDeps) {
    this.#settings = settings;
    this.#credentials = credentials;
    this.#ledger = ledger;
    this.#deps = deps;
    this.version = settings.version;
    this.#shards = Array.from({ length: settings.shards }, () => new Shard(deps.random));
  }

  /** Requests that wait or are on their way. */
  get queued(): number {
    return this.#shards.reduce((sum, { waiting }) => sum + waiting.length, 0);
  }

  get queuedBytes(): number {
    return this.#shards.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  add(index: number, batch: Batch): void {
    if (this.#closed) return this.#drop("shutdown", batch);
    const shard = this.#shards[index] as Shard;
    shard.add(batch);
    this.#makeRoom();
    this.#start(shard);
  }

  /** Once a second: drops what is too old. */
  tick(): void {
    for (const shard of this.#shards) {
      while (this.#isTooOld(shard.oldest())) this.#drop("too_old", shard.takeOldest());
    }
  }

  /** From now on each kind of refusal is logged once more: called at each interval. */
  forgetReported(): void {
    this.#reported.clear();
  }

  /** What is wrong, for a person; healthy where nothing is, or it may well pass by itself. */
  health(): { readonly healthy: boolean; readonly detail: string } {
    const place = quote(this.#settings.url, this.#credentials.seen());
    const troubled = this.#shards.find(({ trouble }) => trouble !== "");
    if (troubled !== undefined) {
      const seconds = Math.max(0, Math.ceil((troubled.blockedUntilMs - this.#deps.now()) / 1000));
      return {
        healthy: troubled.failures <= FAILURES_HEALTHY_MAX,
        detail: `${troubled.trouble}; next try in ${seconds} s`,
      };
    }
    if (this.#refusal !== "") return { healthy: false, detail: this.#refusal };
    return { healthy: true, detail: `writing ${this.version} to ${place}` };
  }

  /** Sends what it can until `deadlineMs`; the rest is dropped and counted. */
  async close(deadlineMs: number): Promise<void> {
    const pause = new AbortController();
    const deadline = this.#deps.wait(Math.max(1, deadlineMs - this.#deps.now()), pause.signal).then(() => "over");
    for (let over = ""; this.queued > 0 && over === "";) {
      const progress = new Promise<string>((resolve) => (this.#wake = () => resolve("")));
      over = await Promise.race([progress, deadline]);
    }
    pause.abort();
    this.#closed = true;
    this.#abort.abort();
    for (const shard of this.#shards) {
      while (shard.oldest() !== undefined) this.#drop("shutdown", shard.takeOldest());
    }
    while (this.queued > 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    await this.#deps.transport.close();
  }

  #makeRoom(): void {
    while (this.queuedBytes > this.#settings.queueBytesMax) {
      const [fullest] = this.#shards
        .filter((shard) => shard.oldest() !== undefined)
        .sort((left, right) => (left.oldest()?.createdMs ?? 0) - (right.oldest()?.createdMs ?? 0));
      if (fullest === undefined) return;
      this.#drop("queue_full", fullest.takeOldest());
    }
  }

  #start(shard: Shard): void {
    if (shard.isSending) return;
    shard.isSending = true;
    // Answers all failures itself: a rejection here is a bug, and ends the process as one.
    void this.#run(shard);
  }

  async #run(shard: Shard): Promise<void> {
    for (let batch = shard.waiting[0]; batch !== undefined; batch = shard.waiting[0]) {
      const waitMs = shard.blockedUntilMs - this.#deps.now();
      if (waitMs > 0 && !this.#closed) await this.#deps.wait(waitMs, this.#abort.signal);
      if (this.#closed) this.#drop("shutdown", shard.takeFirst());
      else if (this.#isTooOld(batch)) this.#drop("too_old", shard.takeFirst());
      else await this.#send(shard, batch);
      this.#wake();
    }
    shard.isSending = false;
  }

  #isTooOld(batch: Batch | undefined): boolean {
    const { ageMaxMs } = this.#settings;
    return ageMaxMs > 0 && batch !== undefined && batch.createdMs < this.#deps.now() - ageMaxMs;
  }

  async #send(shard: Shard, given: Batch): Promise<void> {
    const batch = this.version === "1.0" ? downgrade(given) : given;
    if (batch !== given) shard.replaceFirst(batch);
    let response: PostResponse;
    let own: Headers;
    try {
      own = await this.#credentials.headers();
      response = await this.#post(batch, own);
    } catch (error) {
      if (this.#closed) return this.#drop("shutdown", shard.takeFirst());
      return this.#retry(shard, undefined, errorText(error, this.#credentials.seen()));
    }
    await this.#settle(shard, batch, response, own);
  }

  #post(batch: Batch, own: Headers): Promise<PostResponse> {
    const { url, userAgent, timeoutMs } = this.#settings;
    const headers = {
      ...own,
      "content-encoding": "snappy",
      "content-type": CONTENT_TYPE[batch.version],
      "x-prometheus-remote-write-version": VERSION_HEADER[batch.version],
      "user-agent": userAgent,
    };
    return this.#deps.transport.post({ url, headers, body: batch.body, timeoutMs, signal: this.#abort.signal });
  }

  async #settle(shard: Shard, batch: Batch, response: PostResponse, sent: Headers): Promise<void> {
    const verdict = judge(response, batch.version, this.#deps.now());
    switch (verdict.type) {
      case "delivered":
        return this.#succeed(shard, batch, response, verdict.written);
      case "downgrade":
        if (this.version === "2.0")
          this.#deps.log.warn("the receiver knows remote write 1.0 only; that is spoken from now on");
        this.version = "1.0";
        return;
      case "split":
        if (batch.points > 1) return shard.replaceFirst(...halve(batch));
        return this.#refuse(shard, "http_413", response);
      case "refused":
        if (await this.#isRenewed(response.status, sent)) return;
        return this.#refuse(shard, "http_4xx", response, verdict.written);
      case "retry":
        if (verdict.suspect && this.#isIsolated(shard, batch)) return this.#refuse(shard, "http_500", response);
        return this.#retry(shard, verdict.waitMs, `the receiver answered ${response.status}`);
    }
  }

  /** `written` points of the batch were stored; undefined = all. */
  #succeed(shard: Shard, batch: Batch, response: PostResponse, written = batch.points): void {
    if (shard.failures > 0) this.#deps.log.info("the receiver of remote write takes requests again");
    shard.succeed();
    this.delivered += 1;
    this.#refusal = "";
    const lost = this.#takeFirst(shard, "not_written", written);
    if (lost > 0) this.#report("not_written", response, lost);
  }

  /** A token or password may have been rotated: files are read again, and what is new there is tried at once. */
  async #isRenewed(status: number, sent: Headers): Promise<boolean> {
    if (status !== 401 && status !== 403) return false;
    try {
      return await this.#credentials.isRenewed(sent);
    } catch (error) {
      this.#deps.log.error({ cause: errorText(error, this.#credentials.seen()) }, "the credentials cannot be read");
      return false;
    }
  }

  /**
   * True for a single point at which the receiver fails again and again while it takes others. A larger batch is cut in
   * halves: nothing is lost by that when the receiver is just out of order.
   */
  #isIsolated(shard: Shard, batch: Batch): boolean {
    if (batch.suspicions === 0) batch.deliveredBefore = this.delivered;
    batch.suspicions += 1;
    if (batch.suspicions < SUSPICIONS_MAX) return false;
    if (batch.points > 1) shard.replaceFirst(...halve(batch));
    return batch.points <= 1 && this.delivered > batch.deliveredBefore;
  }

  #retry(shard: Shard, waitMs: number | undefined, why: string): void {
    const isFirst = shard.failures === 0;
    shard.fail(this.#deps.now(), waitMs, why);
    this.retries += 1;
    if (isFirst) this.#deps.log.warn({ cause: why }, "remote write failed; the points are kept and sent again");
  }

  #refuse(shard: Shard, reason: DropReason, response: PostResponse, written = 0): void {
    shard.succeed();
    this.#report(reason, response, this.#takeFirst(shard, reason, written));
  }

  /** Books the first batch, of which `written` points are stored; answers how many are lost. */
  #takeFirst(shard: Shard, reason: DropReason, written: number): number {
    const { points = 0 } = shard.takeFirst() ?? {};
    const lost = Math.max(0, points - written);
    this.#ledger.deliver(points - lost);
    this.#ledger.drop(reason, lost);
    return lost;
  }

  #report(reason: DropReason, { status, body }: PostResponse, points: number): void {
    const said = quote(body, this.#credentials.seen());
    const what = points === 0 ? "the types and helps" : `${points} points`;
    this.#refusal = `the receiver did not take ${what} (${status}): ${said.slice(0, 200)}`;
    const fields = { status, points, body: said };
    this.#warnOnce(`${reason} ${status}`, fields, "the receiver of remote write did not take points; they are dropped");
  }

  #drop(reason: DropReason, batch: Batch | undefined): void {
    if (batch === undefined) return;
    this.#ledger.drop(reason, batch.points);
    this.#warnOnce(reason, { reason, points: batch.points }, "points of remote write are dropped");
  }

  #warnOnce(what: string, fields: object, message: string): void {
    if (this.#reported.has(what)) return;
    this.#reported.add(what);
    this.#deps.log.warn(fields, message);
  }
}
