import { renameSync } from "node:fs";
import type { Logger } from "../../../std/log.ts";
import { StateError } from "./format.ts";
import type { StateRecord } from "./format.ts";
import { readState } from "./read.ts";
import { StateWriter } from "./writer.ts";
import type { StateSource } from "./writer.ts";

export interface StateDeps {
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly monotonicMs: () => number;
}

export interface StateOptions {
  readonly path: string;
  readonly source: StateSource;
  /** Takes over what a file holds; answers how many series are on the page because of it. */
  readonly restore: (records: Iterable<StateRecord>) => number;
}

/** Without scrapes the file is brought up to date so often, in milliseconds. */
const SAVE_MS = 15_000;

/**
 * Numbers that outlive the process. What a page or a push is about to show is in the file before, so that no counter is
 * ever seen to fall, whether the process ended in order or was killed.
 */
export class State {
  readonly #options: StateOptions;
  readonly #deps: StateDeps;
  readonly #writer: StateWriter;
  #isOff = false;
  #trouble = "";
  #savedMs: number;

  /** Loads the file, if there is one. */
  constructor(options: StateOptions, deps: StateDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#writer = new StateWriter(options.path, options.source, deps.monotonicMs);
    this.#savedMs = deps.monotonicMs();
    this.#load();
  }

  /** What is wrong, for a person; "" = nothing. */
  get trouble(): string {
    return this.#trouble;
  }

  /** Resolves when all numbers of now are in the file; also when the disk refuses, which costs continuity and not the page. */
  async save(): Promise<void> {
    if (this.#isOff) return;
    this.#savedMs = this.#deps.monotonicMs();
    await this.#guard(this.#writer.save());
  }

  /** For those who read rows over a while, in which numbers go on: what they read since the last `save` or `settle`. */
  journal(): Journal | undefined {
    if (this.#isOff) return undefined;
    const rows: number[] = [];
    return {
      note: (row) => {
        if (!this.#options.source.isSaved(row)) rows.push(row);
      },
      settle: () => {
        if (rows.length === 0) return undefined;
        const noted = rows.splice(0);
        // While the disk refuses, each `save` tries anew, and that is often enough.
        return this.#trouble === "" ? this.#guard(this.#writer.saveRows(noted)) : undefined;
      },
    };
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

  #load(): void {
    const { log } = this.#deps;
    const { path, restore } = this.#options;
    try {
      const read = readState(path);
      if (read === undefined) return log.info(`there is no state file ${path} yet: counters begin at 0`);
      const shown = restore(read.records.values());
      if (read.isTorn)
        log.warn("the last piece of the state file was being written when the process died, and is left out");
      else this.#writer.goOn(read);
      log.info({ series: read.records.size, shown }, "series go on with the numbers of the state file");
    } catch (error) {
      this.#refuse(error as Error);
    }
  }

  /** A foreign file is never touched; a broken one is kept beside, for a person to look at. */
  #refuse(error: Error): void {
    const { log } = this.#deps;
    const { path } = this.#options;
    const broken = `${path}.broken`;
    try {
      if (!(error instanceof StateError) || error.isForeign) throw error;
      renameSync(path, broken);
      log.error(`the state file is refused, and all counters begin at 0: ${error.message}; it is kept as ${broken}`);
    } catch (cause) {
      this.#isOff = true;
      this.#trouble = `the state file ${path} is refused: ${(cause as Error).message}`;
      log.error(`${this.#trouble}; nothing is read from it or written to it, and all counters begin at 0`);
    }
  }
}

/** What a reader tells of the rows that it reads, so that none leaves the process with numbers that a crash would take back. */
export interface Journal {
  note(row: number): void;
  /** Resolves when what was noted is in the file; undefined = it is. */
  settle(): Promise<void> | undefined;
}
