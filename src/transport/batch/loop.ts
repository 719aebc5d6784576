import { performance } from "node:perf_hooks";
import type { BatchPlace } from "../../model/batch.ts";
import { EFD_CLOEXEC, EFD_NONBLOCK, POLLIN, checked, loadLibc } from "../libc.ts";
import type { Libc } from "../libc.ts";
import { gatherMs } from "./gather.ts";
import { BatchRing, MESSAGES } from "./ring.ts";
import type { BatchMemory } from "./ring.ts";

/** Where batches go. */
export interface BatchSink {
  readonly memory: BatchMemory;
  /**
   * Takes messages `first` to `end - 1` of the ring, or as many as it can without keeping others waiting; answers the message
   * to go on with. `processOf` answers the process that sent a message, where the transport knows it.
   */
  takeBatch(place: BatchPlace, first: number, end: number, processOf?: (message: number) => number): number;
}

/** A socket that the loop reads. */
export interface BatchSocket {
  readonly fd: number;
  readonly receiveBufferBytes: number;
  /**
   * True where the socket's buffer holds all that may come while a batch gathers. A Unix socket's queue does not (often it is ten
   * messages), so any message ends the sleep.
   */
  readonly canGather: boolean;
  /** True where messages carry their sender's process. */
  readonly hasCredentials: boolean;
  /** Messages that lost their end; absent where none can be longer than a slot. */
  onTruncated?(messages: number): void;
  /** The socket has failed; it is not read any more. */
  onError(error: Error): void;
}

/** What a pass takes of one socket before it looks at the next: a batch of up to 1,024 datagrams, in rings. */
const PASS_MESSAGES = 1_024;
/** How long one turn may read before the event loop gets its own: messages of the main thread wait no longer. */
const TURN_MS = 3;
/** So many passes empty a buffer of 16 MiB that is full of small datagrams, even when the machine gives us little time. */
const SETTLE_PASSES_MIN = 48;

/**
 * Reads the batched sockets of one thread. It blocks the thread while there is nothing to do, so nothing else may live
 * there but what is woken through `wakeFd`.
 *
 *     read all sockets ─▶ much? read again ─▶ little? sleep, so that a batch gathers ─▶ nothing? sleep until something comes
 *                                    └── every 3 ms of reading, and when woken: one turn of the event loop
 */
export class BatchLoop {
  /** Adding to this eventfd ends a sleep: whoever sends the thread a message does it. */
  readonly wakeFd: number;
  readonly #libc: Libc;
  readonly #sink: BatchSink;
  readonly #ring: BatchRing;
  readonly #awayMs: number;
  readonly #sockets: BatchSocket[] = [];
  /** How many sockets cannot wait while a batch gathers, and the smallest buffer of the others. */
  #urgent = 0;
  #bufferBytes = 0;
  /** `struct pollfd` of the eventfd, urgent sockets, other sockets; held here, for the kernel reads it through a pointer. */
  #pollFds = Buffer.alloc(0);
  readonly #counter = Buffer.alloc(8);
  /** The part of the ring that is received and not yet taken. */
  #socket: BatchSocket | undefined;
  #next = 0;
  #end = 0;
  #busy = 0;
  /** When the turn before this one began. */
  #lastMs = 0;
  #isRunning = false;

  /**
   * `awayMs`: how long the event loop of this thread can do without its turns. Long where nothing lives there but what wakes the
   * thread when it comes, short where there are timers or files.
   */
  constructor(sink: BatchSink, awayMs: number, libc: Libc = loadLibc()) {
    this.#libc = libc;
    this.#awayMs = awayMs;
    this.#sink = sink;
    this.#ring = new BatchRing(libc, sink.memory);
    this.wakeFd = checked(libc, "eventfd", libc.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    this.#watch();
  }

  get libc(): Libc {
    return this.#libc;
  }

  add(socket: BatchSocket): void {
    this.#sockets.push(socket);
    this.#watch();
    if (this.#isRunning) return;
    this.#isRunning = true;
    setImmediate(this.#turn);
  }

  /** The socket is not read any more; what was received of it has been taken when this returns. */
  remove(socket: BatchSocket): void {
    const index = this.#sockets.indexOf(socket);
    if (index >= 0) this.#sockets.splice(index, 1);
    this.#watch();
    if (this.#socket === socket) this.#takeRest(Infinity);
  }

  /** Until `release`, turns do not sleep: the thread has work that waits for its event loop. */
  hold(): void {
    this.#busy++;
  }

  release(): void {
    this.#busy--;
  }

  /** What is read, and would stay open after this thread has died. */
  get socketFds(): readonly number[] {
    return this.#sockets.map(({ fd }) => fd);
  }

  /** Reads until every socket is empty, or until `endMs` by `performance.now()` where more comes for ever. */
  settle(endMs: number): void {
    let found = 1;
    for (let passes = 0; found > 0 && (passes < SETTLE_PASSES_MIN || performance.now() < endMs); passes++) {
      found = this.#pass(performance.now() + TURN_MS);
    }
  }

  /** Reads and sleeps by turns, and lets the event loop have its own when it is asked for, when work is waiting, or by and by. */
  readonly #turn = (): void => {
    const leaveMs = performance.now() + this.#awayMs;
    let isAsked = false;
    while (!isAsked && this.#sockets.length > 0) {
      const startMs = performance.now();
      const found = this.#readFor(TURN_MS);
      const isIncomplete = this.#next < this.#end || found >= PASS_MESSAGES / 2;
      if (isIncomplete || this.#busy > 0 || startMs > leaveMs) break;
      isAsked = this.#sleep(found / Math.max(startMs - this.#lastMs, 0.1));
      this.#lastMs = startMs;
    }
    this.#isRunning = this.#sockets.length > 0;
    if (this.#isRunning) setImmediate(this.#turn);
  };

  /** Reads while there is much to read, at most so long. Answers what the last pass found. */
  #readFor(ms: number): number {
    const endMs = performance.now() + ms;
    let found = this.#pass(endMs);
    while (found >= PASS_MESSAGES / 2 && performance.now() < endMs) found = this.#pass(endMs);
    return found;
  }

  /** Takes what is left, then reads each socket. Answers how many messages the fullest socket had; all it may when time ran out. */
  #pass(endMs: number): number {
    if (!this.#takeRest(endMs)) return PASS_MESSAGES;
    let most = 0;
    for (const socket of this.#sockets) {
      let received = MESSAGES;
      let found = 0;
      for (; received === MESSAGES && found < PASS_MESSAGES; found += received) {
        received = this.#receive(socket);
        if (!this.#takeRest(endMs)) return PASS_MESSAGES;
      }
      most = Math.max(most, found);
    }
    return most;
  }

  /** False when time ran out before all was taken. */
  #takeRest(endMs: number): boolean {
    while (this.#next < this.#end) {
      const processOf = this.#socket?.hasCredentials === true ? this.#processOf : undefined;
      this.#next = this.#sink.takeBatch(this.#ring.place, this.#next, this.#end, processOf);
      if (this.#next < this.#end && performance.now() >= endMs) return false;
    }
    return true;
  }

  readonly #processOf = (message: number): number => this.#ring.processOf(message);

  #receive(socket: BatchSocket): number {
    try {
      if (socket.hasCredentials) this.#ring.askForCredentials();
      const received = this.#ring.receive(socket.fd);
      socket.onTruncated?.(this.#ring.countTruncated(received));
      this.#socket = socket;
      this.#next = 0;
      this.#end = received;
      return received;
    } catch (error) {
      this.remove(socket);
      socket.onError(error as Error);
      return 0;
    }
  }

  /**
   * Sleeps while a batch gathers, at `perMs` datagrams a millisecond, or until something comes where nothing does. True when the
   * thread was woken through `wakeFd`.
   */
  #sleep(perMs: number): boolean {
    const isIdle = perMs === 0;
    const watched = isIdle ? this.#pollFds.length / 8 : 1 + this.#urgent;
    const ms = isIdle ? this.#awayMs : gatherMs(perMs, this.#bufferBytes);
    this.#libc.poll(this.#libc.pointerTo(this.#pollFds), BigInt(watched), ms);
    if (this.#pollFds.readInt16LE(6) === 0) return false;
    this.#libc.read(this.wakeFd, this.#libc.pointerTo(this.#counter), 8n);
    return true;
  }

  #watch(): void {
    const urgent = this.#sockets.filter((socket) => !socket.canGather);
    const patient = this.#sockets.filter((socket) => socket.canGather);
    this.#urgent = urgent.length;
    this.#bufferBytes = Math.min(...patient.map((socket) => socket.receiveBufferBytes));
    const fds = [this.wakeFd, ...[...urgent, ...patient].map((socket) => socket.fd)];
    this.#pollFds = Buffer.alloc(fds.length * 8);
    for (const [index, fd] of fds.entries()) {
      this.#pollFds.writeInt32LE(fd, index * 8);
      this.#pollFds.writeInt16LE(POLLIN, index * 8 + 4);
    }
  }
}
