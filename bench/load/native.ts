import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { load } from "./load.ts";
import { makeScenario } from "./scenario.ts";
import type { SendOptions } from "./send.ts";

const SOURCES = fileURLToPath(new URL("../limit/", import.meta.url));
const run = promisify(execFile);

/** The C programs of bench/limit, compiled into a temporary folder. */
export interface NativeTools {
  readonly folder: string;
  readonly drain: string;
  readonly send: string;
}

/** Undefined where the system has no C compiler named `cc`. The caller removes the folder. */
export function compileTools(): NativeTools | undefined {
  const folder = mkdtempSync(join(tmpdir(), "tallyd-bench-"));
  const tools = { folder, drain: join(folder, "drain"), send: join(folder, "send") };
  for (const name of ["drain", "send"] as const) {
    const made = spawnSync("cc", ["-O3", "-o", tools[name], `${SOURCES}${name}.c`], {
      encoding: "utf8",
    });
    if (made.status === 0) continue;
    rmSync(folder, { recursive: true });
    if (made.error !== undefined) return undefined;
    throw new Error(`${name}.c does not compile:\n${made.stderr}`);
  }
  return tools;
}

/** What was sent; the totals of `SendReport` by kind are in the scenario, which is the same for the same options. */
export interface Sent {
  readonly datagrams: number;
  readonly lines: number;
  readonly bytes: number;
  readonly seconds: number;
  /** Datagrams that the sender's own kernel refused. */
  readonly failed: number;
}

/** Sends scenarios by the C program where it could be compiled, else by the Node process, which reaches about a tenth. */
export class Sender {
  readonly name: string;
  readonly #tools: NativeTools | undefined;
  readonly #files = new Map<string, string>();

  constructor(tools: NativeTools | undefined) {
    this.#tools = tools;
    this.name = tools === undefined ? "node:dgram (no C compiler)" : "sendmmsg in C";
  }

  async send(options: SendOptions): Promise<Sent> {
    if (this.#tools === undefined) return load(options);
    const command = [
      this.#tools.send,
      String(options.port),
      this.#fileOf(options, this.#tools.folder),
      ...[options.datagrams, options.datagramsPerSecond, options.sockets].map(String),
    ];
    // As load.ts does: the sender keeps to core 1, so that it and the receiver do not fight for one.
    const [file = "", ...args] = availableParallelism() > 1 ? ["taskset", "-c", "1", ...command] : command;
    const { stdout } = await run(file, args);
    const sent = JSON.parse(stdout) as Sent;
    if (sent.failed > 0) throw new Error(`the sender's kernel refused ${sent.failed} datagrams: nobody listens?`);
    return sent;
  }

  /** A file of datagrams for the C program, made once per scenario: each after its length, 32 bits, little endian. */
  #fileOf(options: SendOptions, folder: string): string {
    const { seed, series, mix, datagramBytes, lines, prefix, tags = 2, names = series } = options;
    const key = JSON.stringify([seed, series, mix, datagramBytes, lines, prefix, tags, names]);
    const known = this.#files.get(key);
    if (known !== undefined) return known;
    const path = join(folder, `load-${this.#files.size}`);
    writeFileSync(path, lengthPrefixed(makeScenario(options).datagrams));
    this.#files.set(key, path);
    return path;
  }

  /** Drops the files of past scenarios, for runs that make ever new ones. */
  forget(): void {
    for (const path of this.#files.values()) rmSync(path);
    this.#files.clear();
  }
}

function lengthPrefixed(datagrams: readonly Buffer[]): Buffer {
  const parts = datagrams.flatMap((datagram) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(datagram.length);
    return [length, datagram];
  });
  return Buffer.concat(parts);
}
