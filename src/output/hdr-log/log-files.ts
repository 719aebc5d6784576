/** The few things that are done to files; a test hands in a disk that fails. */
export interface Disk {
  makeDirectory(path: string): Promise<void>;
  /** Appends to the file, which is made when it is not there. */
  append(path: string, text: string): Promise<void>;
  /** Cuts what a failed write may have left behind. */
  truncate(path: string, bytes: number): Promise<void>;
  list(directory: string): Promise<readonly string[]>;
  remove(path: string): Promise<void>;
}

export interface LogFilesOptions {
  readonly directory: string;
  readonly fileBytesMax: number;
  readonly fileAgeMaxMs: number;
  readonly filesMax: number;
  /** In the names of files, so that two processes do not write to one. */
  readonly processId: number;
  /** What a new file begins with; `startMs` is Unix milliseconds. */
  readonly head: (startMs: number) => string;
}

interface OpenFile {
  readonly path: string;
  readonly startMs: number;
  bytes: number;
}

const NAME = /^tallyd-\d{8}T\d{9}Z-\d+\.hlog$/;

/** A series of files of which one is written: a new one begins when it would be too large or is too old, and the oldest go. */
export class LogFiles {
  readonly #options: LogFilesOptions;
  readonly #disk: Disk;
  #file: OpenFile | undefined;
  /** True after a write that failed: the file may have a torn line at its end. */
  #isTorn = false;
  /** The name of a file that could not be begun, but may be there. */
  #halfMade = "";
  files = 0;

  constructor(options: LogFilesOptions, disk: Disk) {
    this.#options = options;
    this.#disk = disk;
  }

  /** Appends whole lines that belong to `startMs`, in Unix milliseconds. Rejects with the disk's error; then nothing of them counts as written. */
  async write(lines: string, startMs: number): Promise<void> {
    const bytes = Buffer.byteLength(lines);
    const { fileBytesMax, fileAgeMaxMs } = this.#options;
    const now = this.#file;
    const isFull = now !== undefined && now.bytes + bytes > fileBytesMax;
    const isOld = now !== undefined && startMs - now.startMs >= fileAgeMaxMs;
    const file = now === undefined || isFull || isOld ? await this.#begin(startMs) : now;
    if (this.#isTorn) await this.#disk.truncate(file.path, file.bytes);
    this.#isTorn = true;
    await this.#disk.append(file.path, lines);
    this.#isTorn = false;
    file.bytes += bytes;
  }

  async #begin(startMs: number): Promise<OpenFile> {
    const { directory, head } = this.#options;
    await this.#disk.makeDirectory(directory);
    const names = (await this.#disk.list(directory)).filter((name) => NAME.test(name) && name !== this.#halfMade);
    const name = this.#freeName(startMs, names);
    this.#halfMade = name;
    await this.#removeOldest(names);
    const path = `${directory}/${name}`;
    const text = head(startMs);
    // The head of a file from a try that failed in the middle must not stand there twice.
    await this.#disk.append(path, "");
    await this.#disk.truncate(path, 0);
    await this.#disk.append(path, text);
    this.#halfMade = "";
    this.#isTorn = false;
    const file = { path, startMs, bytes: Buffer.byteLength(text) };
    this.#file = file;
    return file;
  }

  /** In a container each process has the same id, and one that is started again soon begins in the same interval. */
  #freeName(startMs: number, taken: readonly string[]): string {
    for (let ms = startMs; ; ms++) {
      const stamp = new Date(ms).toISOString().replaceAll(/[-:.]/g, "");
      const name = `tallyd-${stamp}-${this.#options.processId}.hlog`;
      if (!taken.includes(name)) return name;
    }
  }

  /** Makes room for one more. */
  async #removeOldest(names: readonly string[]): Promise<void> {
    const { directory, filesMax } = this.#options;
    const surplus = names.toSorted().slice(0, Math.max(0, names.length + 1 - filesMax));
    for (const name of surplus) await this.#disk.remove(`${directory}/${name}`);
    this.files = names.length - surplus.length + 1;
  }
}
