import type { Socket } from "node:net";
import type { StreamRejectReason } from "../../model/reject.ts";
import type { TransportCounter } from "../../model/transport.ts";
import type { Sink } from "../transport.ts";
import type { Cut, Framer, LineSink } from "./framer.ts";

/** A dual-stack socket shows IPv4 clients so. */
const MAPPED = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/;

/** How long one client may keep the thread in a row. Lines are read in nanoseconds, but a new series costs microseconds. */
const TURN_MS = 2;
/** What is read between two looks at the clock: a new series for each of its lines takes about as long as a turn. */
const PIECE_BYTES = 4_096;

export interface ConnectionOptions {
  readonly socket: Socket;
  readonly frame: (sink: LineSink) => Framer;
  readonly sink: Sink;
  readonly counters: Record<TransportCounter, number>;
}

/**
 * One client. What it sends is handed on as it is read, so a sink that is slow slows the client down by TCP's own flow
 * control; the memory it takes is its framer's piece of a line, and what of one read has to wait for the next turn.
 */
export class Connection implements LineSink {
  readonly #socket: Socket;
  readonly #framer: Framer;
  readonly #sink: Sink;
  readonly #counters: Record<TransportCounter, number>;
  readonly #address: string;
  readonly #port: number;
  /** Looks of the idle watch since the last whole line. */
  #quietLooks = 0;
  /** What was read and not handed on yet; nothing more is read meanwhile. */
  #rest: Buffer | undefined;
  #isCut = false;
  #isClosed = false;
  readonly #ended = Promise.withResolvers<void>();

  constructor({ socket, frame, sink, counters }: ConnectionOptions) {
    this.#socket = socket;
    this.#sink = sink;
    this.#counters = counters;
    this.#address = (socket.remoteAddress ?? "").replace(MAPPED, "");
    this.#port = socket.remotePort ?? 0;
    this.#framer = frame(this);
    counters.connections_accepted++;
    counters.connections_open++;
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", () => counters.connections_failed++);
    socket.once("close", () => {
      this.#isClosed = true;
      counters.connections_open--;
      if (this.#rest === undefined) this.#end();
    });
  }

  /** Resolves when the client is gone and all that it sent is handed on. */
  get closed(): Promise<void> {
    return this.#ended.promise;
  }

  #read(chunk: Buffer): void {
    const endMs = performance.now() + TURN_MS;
    for (let at = 0; at < chunk.length && !this.#isCut;) {
      this.#framer.push(chunk.subarray(at, at + PIECE_BYTES));
      at += PIECE_BYTES;
      if (at < chunk.length && !this.#isCut && performance.now() > endMs) return this.#readLater(chunk.subarray(at));
    }
  }

  /** Others first. */
  #readLater(rest: Buffer): void {
    this.#rest = rest;
    this.#socket.pause();
    setImmediate(() => {
      this.#rest = undefined;
      this.#read(rest);
      if (this.#rest !== undefined) return;
      if (this.#isClosed) this.#end();
      else this.#socket.resume();
    });
  }

  #end(): void {
    this.#framer.end();
    this.#ended.resolve();
  }

  take(bytes: Uint8Array): void {
    this.#quietLooks = 0;
    this.#sink.take(bytes, this.#address, this.#port);
  }

  refuse(reason: StreamRejectReason, bytes: Uint8Array): void {
    this.#sink.refuse(reason, bytes, this.#address, this.#port);
  }

  skip(byteCount: number): void {
    this.#counters.bytes_skipped += byteCount;
  }

  cut(cause: Cut | "connections_idle_cut"): void {
    this.#isCut = true;
    this.#counters[cause]++;
    this.close();
  }

  /** Ends the connection at once. What the kernel still holds for it is not read. */
  close(): void {
    this.#socket.destroy();
  }

  /** Cuts the connection when this is more than `looksMax` looks after its last whole line. */
  look(looksMax: number): void {
    this.#quietLooks++;
    if (this.#quietLooks > looksMax && !this.#socket.destroyed) this.cut("connections_idle_cut");
  }
}
