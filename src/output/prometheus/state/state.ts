import { renameSync } from "node:fs";
import type { Logger } from "../../../std/log.ts";
import type { Lifetimes } from "../lifetimes.ts";
import { StateError } from "./format.ts";
import { readState } from "./read.ts";
import { StateWriter } from "./writer.ts";

export interface StateDeps {
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly monotonicMs: () => number;
}

/** Without scrapes the file is brought up to date so often, in milliseconds. */
const SAVE_MS = 15_000;

/**
 * Numbers that outlive the process. What a page or a push is about to show is in the file before, so that no counter is
 * ever seen to fall, whether the process ended in order or was killed.
 */
export class State {
  readonly #path: string;
  readonly #deps: StateDeps;
  readonly #writer: StateWriter;
  #isOff = false;
  #trouble = "";
  #savedMs: number;

  /** Loads the file, if there is one, into `lifetimes`; `countMax` = most series. */
  constructor(path: string, countMax: number, lifetimes: Lifetimes, deps: StateDeps) {
    this.#path = path;
    this.#deps = deps;
    this.#writer = new StateWriter(path, lifetimes, deps.monotonicMs);
    this.#savedMs = deps.monotonicMs();
    this.#load(countMax, lifetimes);
  }

  /** What is wrong, for a person; "" = nothing. */
  get trouble(): string {
    return this.#trouble;
  }

  get bytes(): number {
    return this.#writer.bytes;
  }

  /** Resolves when all numbers of now are in the file; also when the disk refuses, which costs continuity and not the page. */
  async save(): Promise<void> {
    if (this.#isOff) return;
    this.#savedMs = this.#deps.monotonicMs();
    await this.#guard(this.#writer.save());
  }

  tick(): void {
    if (this.#deps.monotonicMs() - this.#savedMs >= SAVE_MS) void this.save();
  }

  async close(): Promise<void> {
    if (!this.#isOff) await this.#guard(this.#writer.close());
  }

  async #guard(work: Promise<void>): Promise<void> {
    try {
      await work;
      if (this.#trouble !== "") this.#deps.log.info("the state file can be written again");
      this.#trouble = "";
    } catch (error) {
      const { message } = error as Error;
      if (this.#trouble === "")
        this.#deps.log.error({ cause: message }, "the state file cannot be written: a crash would restart counters");
      this.#trouble = `the state file cannot be written: ${message}`;
    }
  }

  #load(countMax: number, lifetimes: Lifetimes): void {
    const { log } = this.#deps;
    try {
      const read = readState(this.#path, countMax);
      if (read === undefined) return log.info(`there is no state file ${this.#path} yet: counters begin at 0`);
      lifetimes.load(read.entries);
      if (read.isTorn)
        log.warn("the last piece of the state file was being written when the process died, and is left out");
      log.info({ series: read.entries.size }, "series go on with the numbers of the state file");
    } catch (error) {
      this.#refuse(error as Error);
    }
  }

  /** A foreign file is never touched; a broken one is kept beside, for a person to look at. */
  #refuse(error: Error): void {
    const { log } = this.#deps;
    const isBroken = error instanceof StateError && !error.isForeign;
    if (isBroken) {
      renameSync(this.#path, `${this.#path}.broken`);
      log.error(
        `the state file is refused, and all counters begin at 0: ${error.message}; it is kept as ${this.#path}.broken`,
      );
      return;
    }
    this.#isOff = true;
    this.#trouble = `the state file ${this.#path} is refused: ${error.message}`;
    log.error(`${this.#trouble}; nothing is read from it or written to it, and all counters begin at 0`);
  }
}
