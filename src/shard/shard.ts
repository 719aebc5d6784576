import { closeSync, writeSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { Tapped } from "../capture/recording.ts";
import { unreachable } from "../std/assert.ts";
import type { Layout } from "../model/layout.ts";
import type { ListenerStatus } from "../model/status.ts";
import type { PolicyOptions } from "../policy/policy.ts";
import { createInbox } from "./inbox.ts";
import type { Ask, FromShard, ShardDelta, ShardOptions, ToShard } from "./message.ts";

/** The main side of one shard thread. It lives once: a restarted shard is a new one. */
export interface Shard {
  /** Its listeners, once they are open. Rejects when they cannot be, or when the thread dies first. */
  readonly ready: Promise<readonly ListenerStatus[]>;
  /** Why the thread died, if it ever does on its own, once its sockets are closed; never settles when it was stopped. */
  readonly died: Promise<Error>;
  /** Asks for a drain; resolves when its last part was handled, or when there is nobody left to ask. */
  drain(): Promise<void>;
  /** What its tap has gathered, which goes on, or ends; nothing when there is nobody left to ask. */
  capture(isOn: boolean): Promise<Tapped>;
  /** Binds every raw key anew, under other rules; resolves when they hold, or when there is nobody left to tell. */
  usePolicy(policy: PolicyOptions, moreLayouts: readonly Layout[]): Promise<void>;
  /** Closes the sockets, drains for the last time and ends the thread. */
  stop(): Promise<void>;
  /** Ends the thread at once; what it holds is lost. To a pool this is a death. */
  kill(): Promise<void>;
}

export type StartShard = (options: ShardOptions, onDelta: (delta: ShardDelta) => void) => Shard;

/** Starts the thread. `onDelta` gets every part of every drain, in order. */
export const startShard: StartShard = (options, onDelta) => new ShardThread(options, onDelta);

const NOTHING_TAPPED: Tapped = { blocks: [], lost: 0 };

/** What is written to an eventfd: eight bytes, the number 1. */
const ONE = new Uint8Array(new BigUint64Array([1n]).buffer);

class ShardThread implements Shard {
  readonly #worker: Worker;
  readonly #onDelta: (delta: ShardDelta) => void;
  readonly #ready = Promise.withResolvers<readonly ListenerStatus[]>();
  readonly #died = Promise.withResolvers<Error>();
  readonly #ended = Promise.withResolvers<void>();
  /** The thread is gone, and its sockets with it. */
  readonly #gone = Promise.withResolvers<void>();
  /** Who waits for an answer, by its id: for the last part of a drain, or for what a tap has gathered. */
  readonly #waiting = new Map<number, (tapped?: Tapped) => void>();
  #wakeFd: number | undefined;
  #socketFds: readonly number[] = [];
  #isEnded = false;
  #isStopping = false;
  #isStopped = false;
  #lastId = 0;

  constructor(options: ShardOptions, onDelta: (delta: ShardDelta) => void) {
    this.#onDelta = onDelta;
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), {
      workerData: options,
      name: `shard ${options.id}`,
    });
    // A shard that dies before it is ready rejects `ready`, also when nobody waits for it any more.
    this.#ready.promise.catch(() => {});
    // The end waits its turn behind what the thread had handed over before: that is not lost.
    const inbox = createInbox();
    this.#worker.on("message", (message: FromShard) => inbox(() => this.#handle(message)));
    this.#worker.on("error", (error) =>
      inbox(() => this.#end(error instanceof Error ? error : new Error(String(error)))),
    );
    this.#worker.on("exit", () => {
      this.#closeFds();
      this.#gone.resolve();
    });
    this.#worker.on("exit", (code) => inbox(() => this.#end(new Error(`the thread ended with code ${code}`))));
  }

  get ready(): Promise<readonly ListenerStatus[]> {
    return this.#ready.promise;
  }

  get died(): Promise<Error> {
    return this.#died.promise;
  }

  async drain(): Promise<void> {
    await this.#ask({ type: "drain" });
  }

  async capture(isOn: boolean): Promise<Tapped> {
    return (await this.#ask({ type: "capture", isOn })) ?? NOTHING_TAPPED;
  }

  async usePolicy(policy: PolicyOptions, layouts: readonly Layout[]): Promise<void> {
    // What came by the earlier rules is merged before a series by the later ones may take its place.
    await this.drain();
    await this.#ask({ type: "policy", policy, layouts });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#ask({ type: "stop" });
    this.#isStopped = true;
    await this.#ended.promise;
  }

  async kill(): Promise<void> {
    const ended = this.#worker.terminate();
    this.#wake();
    await ended;
  }

  #ask(what: Ask): Promise<Tapped | undefined> {
    if (this.#isEnded) return Promise.resolve(undefined);
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker.postMessage({ ...what, id } satisfies ToShard);
      this.#wake();
    });
  }

  /** A thread that sleeps in the kernel hears of a message by this. */
  #wake(): void {
    if (this.#wakeFd !== undefined) writeSync(this.#wakeFd, ONE);
  }

  /** A thread that was stopped has closed its sockets itself; of one that has died nobody else would. */
  #closeFds(): void {
    if (this.#wakeFd !== undefined) closeSync(this.#wakeFd);
    if (!this.#isStopping) for (const fd of this.#socketFds) closeSync(fd);
    this.#wakeFd = undefined;
    this.#socketFds = [];
  }

  #handle(message: FromShard): void {
    // What a condemned thread still had to say would reach cells that are void by now.
    if (this.#isEnded) return;
    switch (message.type) {
      case "ready":
        this.#wakeFd = message.wakeFd;
        this.#socketFds = message.socketFds;
        return this.#ready.resolve(message.listening);
      case "delta":
        this.#onDelta(message);
        return message.last ? this.#answer(message.id) : undefined;
      case "captured":
        return this.#answer(message.id, message.tapped);
      case "policy-in-use":
        return this.#answer(message.id);
      case "failed":
        // The thread has lost a socket: end it, so that it is started anew with all of them.
        this.#end(new Error(message.message));
        void this.kill();
        return;
      default:
        return unreachable(message, "a message from a shard");
    }
  }

  #answer(id: number, tapped?: Tapped): void {
    this.#waiting.get(id)?.(tapped);
    this.#waiting.delete(id);
  }

  #end(cause: Error): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#ready.reject(cause);
    if (!this.#isStopped) void this.#gone.promise.then(() => this.#died.resolve(cause));
    for (const id of this.#waiting.keys()) this.#answer(id);
    this.#ended.resolve();
  }
}
