import type { FileHandle } from "node:fs/promises";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { BlockWriter, MAGIC } from "./format.ts";
import type { Remains } from "./remains.ts";

/** What the file is made of. */
export interface StateSource {
  /** Everything that is to be kept. Other work may run while it is read. */
  all(): Iterable<readonly [key: string, remains: Remains] | undefined>;
  /** What has changed since the last time that either was asked. `undefined` = nothing yet, but work was done. */
  changed(): Iterable<readonly [key: string, remains: Remains] | undefined>;
}

/** Work between two turns of the event loop, in milliseconds. */
const TURN_MS = 5;
const LOOK_STEPS = 64;
/** What has been appended may grow to this, and to the size of the rest, before the file is written anew. */
const APPENDED_BYTES_MIN = 4 * 1024 * 1024;

/**
 * Writes the state file: as a whole, beside the old one, which is replaced when all is on disk; and in between what has
 * changed, at the end of the file. One thing at a time; between pieces the event loop has its turns.
 */
export class StateWriter {
  readonly #path: string;
  readonly #source: StateSource;
  readonly #monotonicMs: () => number;
  readonly #block = new BlockWriter();
  #file: FileHandle | undefined;
  #wholeBytes = 0;
  #appendedBytes = 0;
  #last: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(path: string, source: StateSource, monotonicMs: () => number) {
    this.#path = path;
    this.#source = source;
    this.#monotonicMs = monotonicMs;
  }

  get bytes(): number {
    return this.#wholeBytes + this.#appendedBytes;
  }

  /** Resolves when everything that had changed before the call is in the file. Rejects when the disk refuses it. */
  save(): Promise<void> {
    // Who asks while a save runs shares the next one: the one that runs may have passed by what is new.
    this.#next ??= this.#last
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#isDue ? this.#writeWhole() : this.#append();
      });
    this.#last = this.#next;
    return this.#next;
  }

  /** The last save, as a whole. */
  async close(): Promise<void> {
    await this.#last.catch(() => undefined);
    await this.#writeWhole();
    await this.#file?.close();
    this.#file = undefined;
  }

  get #isDue(): boolean {
    return this.#file === undefined || this.#appendedBytes > Math.max(APPENDED_BYTES_MIN, this.#wholeBytes);
  }

  async #append(): Promise<void> {
    const file = this.#file as FileHandle;
    const endBytes = this.bytes;
    try {
      this.#appendedBytes += await this.#write(file, this.#source.changed());
    } catch (error) {
      // Half a block must not stand before a whole one. If this fails too, the next save is a whole one.
      this.#file = undefined;
      await file.truncate(endBytes).catch(() => undefined);
      await file.close().catch(() => undefined);
      throw error;
    }
  }

  async #writeWhole(): Promise<void> {
    const beside = `${this.#path}.new`;
    const file = await open(beside, "w", 0o600);
    try {
      await file.appendFile(MAGIC);
      const bytes = MAGIC.length + (await this.#write(file, this.#source.all()));
      await file.datasync();
      await rename(beside, this.#path);
      await syncFolder(dirname(this.#path));
      await this.#file?.close();
      this.#file = file;
      this.#wholeBytes = bytes;
      this.#appendedBytes = 0;
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
  }

  async #write(file: FileHandle, entries: ReturnType<StateSource["all"]>): Promise<number> {
    let bytes = 0;
    let steps = 0;
    let turnEnds = this.#monotonicMs() + TURN_MS;
    const flush = async (): Promise<void> => {
      const block = this.#block.take();
      bytes += block.length;
      await file.appendFile(block);
      turnEnds = this.#monotonicMs() + TURN_MS;
    };
    for (const entry of entries) {
      if (entry !== undefined) this.#block.add(...entry);
      if (this.#block.isFull) await flush();
      steps += 1;
      if (steps % LOOK_STEPS !== 0 || this.#monotonicMs() < turnEnds) continue;
      await nextTurn();
      turnEnds = this.#monotonicMs() + TURN_MS;
    }
    if (!this.#block.isEmpty) await flush();
    return bytes;
  }
}

/** A rename is only as lasting as the folder that it is written in. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
