import { MMSGHDR } from "../model/batch.ts";
import { REJECT_REASONS } from "../model/reject.ts";
import type { RejectReason } from "../model/reject.ts";
import { SENDER_LINES_MAX, SENDER_SUMMARY_MS } from "./limits.ts";
import type { SenderColumns } from "./sender-columns.ts";
import { formatSender, IPV4, OTHER, parseSender, PID, UNKNOWN } from "./sender-key.ts";
import { summarize } from "./sender-summary.ts";
import { COLUMN, COLUMNS, MEASURE, SenderTable } from "./sender-table.ts";

/** To whom the binder ascribes what it meets: the sender of the bytes that are being ingested. */
export interface Attribution {
  /** A raw key was seen for the first time. */
  bound(): void;
  /** A line was refused. True when the caller should hand an excerpt of it to `keepLine`. */
  rejected(reason: RejectReason): boolean;
  /** `line` is safe to show and of bounded length. Follows a `rejected` that answered true. */
  keepLine(line: string): void;
  /** `address:port` of the sender, or what else it is called; "" where nobody knows. */
  current(): string;
}

/** For bytes that nobody sent: a line that is only explained. */
export const NOBODY: Attribution = { bound: () => {}, rejected: () => false, keepLine: () => {}, current: () => "" };

/** Answers the process id of the sender of datagram `index` of a batch, 0 where the kernel told none. */
export type PidReader = (index: number) => number;

/** Who sends what, in one shard. */
export interface Senders extends Attribution {
  /** The bytes to come are from this sender (as in `Sink.take`). */
  enter(address: string, port: number): void;
  /** The sender that was entered has sent a datagram (of a stream: a block of lines); 0 datagrams for what was never one. */
  count(bytes: number, lines: number, datagrams?: number): void;
  /** `enter` and `count` in one. */
  take(address: string, port: number, bytes: number, lines: number): void;
  /** The bytes to come are datagram `index` of a batch in `memory`; for the rare moment when something is to be ascribed to it. */
  enterOf(memory: DataView, namesOffset: number, index: number, pidOf?: PidReader): void;
  /**
   * Counts a batch that lies in `memory` (valid during the call): header `i` of 64 bytes at `headersOffset`, with the datagram's length
   * at +56 and its number of lines at +60 (both u32); its sender, a `sockaddr_in` or `sockaddr_in6`, in 128 bytes at `namesOffset`.
   * With `pidOf` the sender is a process, and the names are not read.
   */
  takeBatch(memory: DataView, headersOffset: number, namesOffset: number, count: number, pidOf?: PidReader): void;
  /** What is known now. */
  summary(): SenderColumns;
  /** The summary when there is news and the last one is a second old; so that drains stay cheap however often they are asked for. */
  summaryIfDue(): SenderColumns | undefined;
}

export interface SendersOptions {
  /** How many senders are kept at least; up to twice as many are. */
  readonly sendersMax: number;
  readonly keySeed: bigint;
  /** Unix milliseconds; read once per datagram or batch. */
  readonly nowMs: () => number;
}

export function createSenders(options: SendersOptions): Senders {
  return new SenderBook(options);
}

const NAME_BYTES = 128;
const PORT = 2;
const AF_INET = 2;
const AF_INET_ADDRESS = 4;
const AF_INET6 = 10;
const AF_INET6_ADDRESS = 8;

class SenderBook implements Senders {
  readonly #table: SenderTable;
  readonly #nowMs: () => number;
  readonly #totals = new Float64Array(5);
  readonly #parsed = new Int32Array(4);
  /** Whoever was entered last: entry, port, and (for `enter`) the address as it was given. */
  #entry = -1;
  #port = 0;
  #address: string | undefined;
  #linesLeft = SENDER_LINES_MAX;
  #summaryMs = -Infinity;
  #summarySum = 0;

  constructor({ sendersMax, keySeed, nowMs }: SendersOptions) {
    this.#table = new SenderTable(sendersMax, keySeed);
    this.#nowMs = nowMs;
  }

  enter(address: string, port: number): void {
    this.#port = port;
    if (address === this.#address) return;
    parseSender(address, this.#parsed);
    const [word0 = 0, word1 = 0, word2 = 0, word3 = 0] = this.#parsed;
    this.#find(word0, word1, word2, word3, this.#seconds());
    this.#address = address;
  }

  count(bytes: number, lines: number, datagrams = 1): void {
    this.#add(datagrams, bytes, lines, this.#seconds());
    this.#addTotals(datagrams, bytes, lines);
  }

  take(address: string, port: number, bytes: number, lines: number): void {
    this.enter(address, port);
    this.count(bytes, lines);
  }

  enterOf(memory: DataView, namesOffset: number, index: number, pidOf?: PidReader): void {
    this.#enterOf(memory, namesOffset, index, pidOf, this.#seconds());
  }

  takeBatch(memory: DataView, headersOffset: number, namesOffset: number, count: number, pidOf?: PidReader): void {
    const seconds = this.#seconds();
    let bytesTotal = 0;
    let linesTotal = 0;
    for (let index = 0; index < count;) {
      this.#enterOf(memory, namesOffset, index, pidOf, seconds);
      const first = index;
      let bytes = 0;
      let lines = 0;
      do {
        const header = headersOffset + index * MMSGHDR.bytes;
        bytes += memory.getUint32(header + MMSGHDR.length, true);
        lines += memory.getUint32(header + MMSGHDR.lines, true);
        index++;
      } while (index < count && this.#isSame(memory, namesOffset + index * NAME_BYTES, index, pidOf));
      // Of a sender's datagrams in a row the last one's port is kept.
      if (this.#port !== 0) this.#port = memory.getUint16(namesOffset + (index - 1) * NAME_BYTES + PORT, false);
      this.#add(index - first, bytes, lines, seconds);
      bytesTotal += bytes;
      linesTotal += lines;
    }
    this.#addTotals(count, bytesTotal, linesTotal);
  }

  bound(): void {
    this.#bump(MEASURE.newSeries);
  }

  rejected(reason: RejectReason): boolean {
    this.#bump(MEASURE.rejects);
    if (this.#entry < 0) return false;
    const code = REJECT_REASONS.indexOf(reason);
    const { numbers, reasons, lines } = this.#table;
    const row = this.#entry * REJECT_REASONS.length;
    reasons[row + code] = (reasons[row + code] as number) + 1;
    const at = this.#entry * COLUMNS;
    const seconds = this.#seconds();
    const isFresh = lines[this.#entry] !== "" && numbers[at + COLUMN.rejectTime] === seconds;
    if (isFresh || this.#linesLeft <= 0) return false;
    this.#linesLeft--;
    numbers[at + COLUMN.rejectTime] = seconds;
    numbers[at + COLUMN.rejectCode] = code;
    return true;
  }

  keepLine(line: string): void {
    this.#table.lines[this.#entry] = line;
  }

  current(): string {
    if (this.#entry < 0) return "";
    const name = formatSender(this.#table.keys, this.#entry * 4);
    if (name === "unknown") return "";
    if (name.startsWith("pid ")) return name;
    return name.includes(":") ? `[${name}]:${this.#port}` : `${name}:${this.#port}`;
  }

  summary(): SenderColumns {
    return summarize(this.#table, this.#totals);
  }

  summaryIfDue(): SenderColumns | undefined {
    const nowMs = this.#nowMs();
    const sum = this.#totals.reduce((total, value) => total + value, 0);
    if (sum === this.#summarySum || nowMs - this.#summaryMs < SENDER_SUMMARY_MS) return undefined;
    this.#summaryMs = nowMs;
    this.#summarySum = sum;
    this.#linesLeft = SENDER_LINES_MAX;
    return this.summary();
  }

  #enterOf(memory: DataView, namesOffset: number, index: number, pidOf: PidReader | undefined, seconds: number): void {
    if (pidOf !== undefined) return this.#enterPid(pidOf(index), seconds);
    const name = namesOffset + index * NAME_BYTES;
    const family = memory.getUint16(name, true);
    this.#port = memory.getUint16(name + PORT, false);
    if (family === AF_INET) {
      return this.#find(0, 0, IPV4, memory.getInt32(name + AF_INET_ADDRESS, true), seconds);
    }
    if (family !== AF_INET6) return this.#enterPid(0, seconds);
    const at = name + AF_INET6_ADDRESS;
    this.#find(
      memory.getInt32(at, true),
      memory.getInt32(at + 4, true),
      memory.getInt32(at + 8, true),
      memory.getInt32(at + 12, true),
      seconds,
    );
  }

  #enterPid(pid: number, seconds: number): void {
    this.#port = 0;
    this.#find(OTHER, OTHER, pid === 0 ? UNKNOWN : PID, pid, seconds);
  }

  /** Is datagram `index` of a batch, with its name at `name`, from the sender of the one before it? Then nothing is looked up. */
  #isSame(memory: DataView, name: number, index: number, pidOf: PidReader | undefined): boolean {
    if (pidOf !== undefined) return pidOf(index) === pidOf(index - 1);
    const before = name - NAME_BYTES;
    const family = memory.getUint16(name, true);
    if (family !== memory.getUint16(before, true)) return false;
    if (family === AF_INET) return isEqualWord(memory, name + AF_INET_ADDRESS, before + AF_INET_ADDRESS);
    if (family !== AF_INET6) return true;
    for (let at = AF_INET6_ADDRESS; at < AF_INET6_ADDRESS + 16; at += 4) {
      if (!isEqualWord(memory, name + at, before + at)) return false;
    }
    return true;
  }

  #find(word0: number, word1: number, word2: number, word3: number, seconds: number): void {
    this.#address = undefined;
    this.#entry = this.#table.entryOf(word0, word1, word2, word3, seconds);
  }

  #add(datagrams: number, bytes: number, lines: number, seconds: number): void {
    const { numbers } = this.#table;
    const at = this.#entry * COLUMNS;
    numbers[at + MEASURE.datagrams] = (numbers[at + MEASURE.datagrams] as number) + datagrams;
    numbers[at + MEASURE.lines] = (numbers[at + MEASURE.lines] as number) + lines;
    numbers[at + MEASURE.bytes] = (numbers[at + MEASURE.bytes] as number) + bytes;
    numbers[at + COLUMN.lastSeen] = seconds;
    numbers[at + COLUMN.port] = this.#port;
  }

  #addTotals(datagrams: number, bytes: number, lines: number): void {
    const totals = this.#totals;
    totals[MEASURE.datagrams] = (totals[MEASURE.datagrams] as number) + datagrams;
    totals[MEASURE.lines] = (totals[MEASURE.lines] as number) + lines;
    totals[MEASURE.bytes] = (totals[MEASURE.bytes] as number) + bytes;
  }

  #bump(measure: number): void {
    this.#totals[measure] = (this.#totals[measure] as number) + 1;
    if (this.#entry < 0) return;
    const { numbers } = this.#table;
    const at = this.#entry * COLUMNS + measure;
    numbers[at] = (numbers[at] as number) + 1;
  }

  #seconds(): number {
    return Math.floor(this.#nowMs() / 1_000);
  }
}

function isEqualWord(memory: DataView, left: number, right: number): boolean {
  return memory.getInt32(left, true) === memory.getInt32(right, true);
}
