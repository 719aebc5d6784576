import { Worker } from "node:worker_threads";
import { unreachable } from "../std/assert.ts";
import type { ListenerStatus } from "../model/status.ts";
import { createInbox } from "./inbox.ts";
import type { FromShard, ShardDelta, ShardOptions, ToShard } from "./message.ts";

/** The main side of one shard thread. It lives once: a restarted shard is a new one. */
export interface Shard {
  /** Its listeners, once they are open. Rejects when they cannot be, or when the thread dies first. */
  readonly ready: Promise<readonly ListenerStatus[]>;
  /** Why the thread died, if it ever does on its own; never settles when it was stopped. */
  readonly died: Promise<Error>;
  /** Asks for a drain; resolves when its last part was handled, or when there is nobody left to ask. */
  drain(): Promise<void>;
  /** Closes the sockets, drains for the last time and ends the thread. */
  stop(): Promise<void>;
  /** Ends the thread at once; what it holds is lost. To a pool this is a death. */
  kill(): Promise<void>;
}

export type StartShard = (options: ShardOptions, onDelta: (delta: ShardDelta) => void) => Shard;

/** Starts the thread. `onDelta` gets every part of every drain, in order. */
export const startShard: StartShard = (options, onDelta) => {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: options, name: `shard ${options.id}` });
  const ready = Promise.withResolvers<readonly ListenerStatus[]>();
  const died = Promise.withResolvers<Error>();
  const ended = Promise.withResolvers<void>();
  const waiting = new Map<number, () => void>();
  const inbox = createInbox();
  let isEnded = false;
  let isStopped = false;
  let nextId = 1;
  // A shard that dies before it is ready rejects `ready`, also when nobody waits for it any more.
  ready.promise.catch(() => {});

  function end(cause: Error): void {
    if (isEnded) return;
    isEnded = true;
    ready.reject(cause);
    if (!isStopped) died.resolve(cause);
    for (const done of waiting.values()) done();
    waiting.clear();
    ended.resolve();
  }

  function handle(message: FromShard): void {
    // What a condemned thread still had to say would reach cells that are void by now.
    if (isEnded) return;
    switch (message.type) {
      case "ready":
        return ready.resolve(message.listening);
      case "delta":
        onDelta(message);
        if (!message.last) return;
        waiting.get(message.id)?.();
        waiting.delete(message.id);
        return;
      case "failed":
        // The thread has lost a socket: end it, so that it is started anew with all of them.
        end(new Error(message.message));
        void worker.terminate();
        return;
      default:
        return unreachable(message, "a message from a shard");
    }
  }

  function ask(type: ToShard["type"]): Promise<void> {
    if (isEnded) return Promise.resolve();
    const id = nextId++;
    return new Promise((resolve) => {
      waiting.set(id, resolve);
      worker.postMessage({ type, id } satisfies ToShard);
    });
  }

  // The end waits its turn behind what the thread had handed over before: that is not lost.
  worker.on("message", (message: FromShard) => inbox(() => handle(message)));
  worker.on("error", (error) => inbox(() => end(error instanceof Error ? error : new Error(String(error)))));
  worker.on("exit", (code) => inbox(() => end(new Error(`the thread ended with code ${code}`))));

  return {
    ready: ready.promise,
    died: died.promise,
    drain: () => ask("drain"),
    async stop() {
      await ask("stop");
      isStopped = true;
      await ended.promise;
    },
    async kill() {
      await worker.terminate();
    },
  };
};
