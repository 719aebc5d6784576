import { compareSync } from "bcryptjs";
import { parentPort } from "node:worker_threads";
import { assert } from "../std/assert.ts";

/** The entry of the thread that compares passwords with bcrypt hashes: each takes a core for 50 ms and more, on purpose. */

export interface Comparison {
  readonly id: number;
  readonly password: string;
  readonly hash: string;
}

export interface Compared {
  readonly id: number;
  readonly isSame: boolean;
}

assert(parentPort !== null, "password-thread.ts runs in a worker thread");
const port = parentPort;
port.on("message", ({ id, password, hash }: Comparison) => {
  port.postMessage({ id, isSame: compareSync(password, hash) } satisfies Compared);
});
