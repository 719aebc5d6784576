import type { FileHandle } from "node:fs/promises";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { BlockWriter, MAGIC } from "./format.ts";
import type { StateRecord } from "./format.ts";
import type { StateRead } from "./read.ts";

/** Records, and undefined where there is none yet but work was done. */
type Records = Iterable<StateRecord | undefined>;

/** What the file is made of. Other work may run while records are read, one after the other. */
export interface StateSource {
  /** Everything that is to be kept. */
  all(): Records;
  /** What has changed since the last time that either was asked. */
  changed(): Records;
  /** These rows, as they are when they are read. */
  of(rows: Iterable<number>): Records;
  /** All that there is now is in the file. */
  begun(): void;
  /** What `all` or `changed` found is in the file. */
  saved(): void;
  /** False for a row whose numbers of now are not in the file. */
  isSaved(row: number): boolean;
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
  /** Of a file that was read and not opened again so far; 0 = there is none. */
  #readBytes = 0;
  /** What the file would take if it were written anew, about, and what it takes beyond that. */
  #wholeBytes = 0;
  #appendedBytes = 0;
  #last: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(path: string, source: StateSource, monotonicMs: () => number) {
    this.#path = path;
    this.#source = source;
    this.#monotonicMs = monotonicMs;
  }

  /** All that there is now was read from the file, whose end is whole: it is gone on with. Before the first save. */
  goOn({ records, fileBytes }: StateRead): void {
    this.#readBytes = fileBytes;
    for (const record of records.values()) this.#wholeBytes += record.fileBytes;
    this.#appendedBytes = fileBytes - this.#wholeBytes;
    this.#source.begun();
  }

  get bytes(): number {
    return this.#wholeBytes + this.#appendedBytes;
  }

  /** Resolves when everything that had changed before the call is in the file. Rejects when the disk refuses it. */
  save(): Promise<void> {
    // Who asks while a save runs shares the next one: the one that runs may have passed by what is new.
    this.#next ??= this.#afterAll(async () => {
      this.#next = undefined;
      await this.#reopen();
      await (this.#isDue ? this.#writeWhole() : this.#append(this.#source.changed()));
      this.#source.saved();
    });
    return this.#next;
  }

  /** Resolves when these rows are in the file, and does not look for others. */
  saveRows(rows: readonly number[]): Promise<void> {
    return this.#afterAll(async () => {
      await this.#reopen();
      if (this.#file !== undefined) return this.#append(this.#source.of(rows));
      await this.#writeWhole();
      this.#source.saved();
    });
  }

  /** After the last save. */
  async close(): Promise<void> {
    await this.save();
    await this.#file?.close();
    this.#file = undefined;
  }

  #afterAll(work: () => Promise<void>): Promise<void> {
    this.#last = this.#last.catch(() => undefined).then(work);
    return this.#last;
  }

  /** Goes on with the file that was read, unless somebody else has written to it meanwhile. */
  async #reopen(): Promise<void> {
    if (this.#readBytes === 0) return;
    const file = await open(this.#path, "a").catch(() => undefined);
    const isSame = (await file?.stat())?.size === this.#readBytes;
    this.#readBytes = 0;
    if (isSame) this.#file = file;
    else await file?.close();
  }

  get #isDue(): boolean {
    return this.#file === undefined || this.#appendedBytes > Math.max(APPENDED_BYTES_MIN, this.#wholeBytes);
  }

  async #append(records: Records): Promise<void> {
    const file = this.#file as FileHandle;
    const endBytes = this.bytes;
    try {
      const bytes = await this.#write(file, records);
      if (bytes > 0) await file.datasync();
      this.#appendedBytes += bytes;
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
    const before = this.#file;
    const file = await open(beside, "w", 0o600);
    let bytes = MAGIC.length;
    try {
      await file.appendFile(MAGIC);
      bytes += await this.#write(file, this.#source.all());
      await file.datasync();
      await rename(beside, this.#path);
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
    this.#file = file;
    this.#wholeBytes = bytes;
    this.#appendedBytes = 0;
    await before?.close();
    await syncFolder(dirname(this.#path));
  }

  async #write(file: FileHandle, records: Records): Promise<number> {
    // What a save that failed had gathered.
    this.#block.take();
    let bytes = 0;
    let steps = 0;
    let turnEnds = this.#monotonicMs() + TURN_MS;
    const flush = async (): Promise<void> => {
      const block = this.#block.take();
      bytes += block.length;
      await file.appendFile(block);
      turnEnds = this.#monotonicMs() + TURN_MS;
    };
    for (const record of records) {
      if (record !== undefined) this.#block.add(record);
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
