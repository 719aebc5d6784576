import type { Socket } from "node:net";
import type { StreamRejectReason } from "../../model/reject.ts";
import type { TransportCounter } from "../../model/transport.ts";
import type { Sink } from "../transport.ts";
import type { Cut, Framer, LineSink } from "./framer.ts";
import { peerProcess } from "./peer.ts";

/** A dual-stack socket shows IPv4 clients so. */
const MAPPED = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/;

export interface ConnectionOptions {
  readonly socket: Socket;
  readonly frame: (sink: LineSink) => Framer;
  readonly sink: Sink;
  readonly counters: Record<TransportCounter, number>;
}

/**
 * One client. What it sends is handed on as it is read, and while the sink is behind nothing more is read: TCP's own flow control
 * slows the client down. The memory it takes is its framer's piece of a line, and a read that waits for its turn.
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
  /** Was read and not handed on yet; nothing more is read meanwhile. */
  #waiting: Buffer | undefined;
  #isClosed = false;
  readonly #ended = Promise.withResolvers<void>();

  constructor({ socket, frame, sink, counters }: ConnectionOptions) {
    this.#socket = socket;
    this.#sink = sink;
    this.#counters = counters;
    this.#address = (socket.remoteAddress ?? peerProcess(socket)).replace(MAPPED, "");
    this.#port = socket.remotePort ?? 0;
    this.#framer = frame(this);
    counters.connections_accepted++;
    counters.connections_open++;
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", () => counters.connections_failed++);
    socket.once("close", () => {
      this.#isClosed = true;
      counters.connections_open--;
      if (this.#waiting === undefined) this.#end();
    });
  }

  /** Resolves when the client is gone and all that was read of it is handed on, or thrown away by `close`. */
  get closed(): Promise<void> {
    return this.#ended.promise;
  }

  #read(chunk: Buffer): void {
    const upToDate = this.#sink.whenUpToDate?.();
    if (upToDate === undefined) return this.#framer.push(chunk);
    this.#waiting = chunk;
    this.#socket.pause();
    void upToDate.then(() => this.#goOn(chunk));
  }

  #goOn(chunk: Buffer): void {
    if (this.#waiting !== chunk) return;
    this.#waiting = undefined;
    this.#read(chunk);
    if (this.#waiting !== undefined) return;
    if (this.#isClosed) this.#end();
    else this.#socket.resume();
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
    this.#counters[cause]++;
    this.#socket.destroy();
  }

  /** Ends the connection at once, however far the sink is behind. What waits is thrown away, as is what the kernel still holds. */
  close(): void {
    this.skip(this.#waiting?.length ?? 0);
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  /** Cuts the connection when this is more than `looksMax` looks after its last whole line. */
  look(looksMax: number): void {
    this.#quietLooks++;
    if (this.#quietLooks > looksMax && !this.#socket.destroyed) this.cut("connections_idle_cut");
  }
}
