import type { Socket } from "node:net";
import type { StreamRejectReason } from "../../model/reject.ts";
import type { TransportCounter } from "../../model/transport.ts";
import type { Sink } from "../transport.ts";
import type { Cut, Framer, LineSink } from "./framer.ts";

/** A dual-stack socket shows IPv4 clients so. */
const MAPPED = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/;

export interface ConnectionOptions {
  readonly socket: Socket;
  readonly frame: (sink: LineSink) => Framer;
  readonly sink: Sink;
  readonly counters: Record<TransportCounter, number>;
}

/**
 * One client. What it sends is handed on while it is being read and nothing waits, so a sink that is slow slows the
 * client down by TCP's own flow control; the memory it takes is its framer's piece of a line.
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
  readonly closed: Promise<void>;

  constructor({ socket, frame, sink, counters }: ConnectionOptions) {
    this.#socket = socket;
    this.#sink = sink;
    this.#counters = counters;
    this.#address = (socket.remoteAddress ?? "").replace(MAPPED, "");
    this.#port = socket.remotePort ?? 0;
    this.#framer = frame(this);
    counters.connections_accepted++;
    counters.connections_open++;
    socket.on("data", (chunk: Buffer) => this.#framer.push(chunk));
    socket.on("error", () => counters.connections_failed++);
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#framer.end();
        counters.connections_open--;
        resolve();
      });
    });
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
