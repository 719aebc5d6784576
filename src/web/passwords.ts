import { createHmac, randomBytes } from "node:crypto";
import { Worker } from "node:worker_threads";
import { PASSWORD_CHECKS_MAX, PASSWORDS_REMEMBERED_MAX } from "./limits.ts";
import type { Compared, Comparison } from "./password-thread.ts";

/** Answers whether a password fits a bcrypt hash; undefined when too many checks wait. */
export type Compare = (password: string, hash: string) => Promise<boolean | undefined>;

/**
 * Compares in a thread of its own, which is started by the first check: bcrypt would hold the event loop, and with it
 * drains and scrapes, for as long as anybody guesses passwords.
 */
export class PasswordThread {
  readonly #waiting = new Map<number, { resolve: (isSame: boolean) => void; reject: (cause: Error) => void }>();
  #worker: Worker | undefined;
  #lastId = 0;

  readonly compare: Compare = (password, hash) => {
    if (this.#waiting.size >= PASSWORD_CHECKS_MAX) return Promise.resolve(undefined);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker ??= this.#start();
      this.#worker.postMessage({ id, password, hash } satisfies Comparison);
    });
  };

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL("./password-thread.ts", import.meta.url), { name: "passwords" });
    worker.unref();
    worker.on("message", ({ id, isSame }: Compared) => {
      this.#waiting.get(id)?.resolve(isSame);
      this.#waiting.delete(id);
    });
    worker.on("error", (error) => this.#end(error instanceof Error ? error : new Error(String(error))));
    worker.on("exit", () => this.#end(new Error("the thread that compares passwords has ended")));
    return worker;
  }

  /** Those who wait are told; the next check starts another thread. */
  #end(cause: Error): void {
    this.#worker = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(cause);
  }
}

/** Answers of checks, so that a scraper's password costs its bcrypt once. Keyed by an HMAC: no password stays in memory. */
export class PasswordMemory {
  readonly #key = randomBytes(32);
  readonly #right = new Map<string, true>();
  readonly #wrong = new Map<string, true>();

  digest(user: string, password: string, hash: string): string {
    const parts = [user, password, hash].map((part) => `${Buffer.byteLength(part)}:${part}`);
    return createHmac("sha256", this.#key).update(parts.join("")).digest("base64");
  }

  /** undefined = not known. */
  recall(digest: string): boolean | undefined {
    if (this.#right.has(digest)) return true;
    return this.#wrong.has(digest) ? false : undefined;
  }

  /** Right and wrong ones do not push each other out, so guesses cannot make a scraper's checks slow. */
  remember(digest: string, isRight: boolean): void {
    const known = isRight ? this.#right : this.#wrong;
    if (known.size >= PASSWORDS_REMEMBERED_MAX) {
      for (const oldest of known.keys()) {
        known.delete(oldest);
        break;
      }
    }
    known.set(digest, true);
  }
}
