import { once } from "node:events";
import { connect } from "node:net";
import type { NetConnectOpts, Socket } from "node:net";
import type { Sender } from "./sender.ts";
import { LoadError, Refusals } from "./sender.ts";

/** How a datagram becomes part of a stream. */
export type Framing = (datagram: Uint8Array) => Buffer;

const NEWLINE = Buffer.from("\n");

/** StatsD over TCP: lines, each with its end. */
export const byNewline: Framing = (datagram) => Buffer.concat([datagram, NEWLINE]);

/** DogStatsD over Unix streams: each datagram behind its length, four bytes, little-endian. */
export const byLength: Framing = (datagram) => {
  const frame = Buffer.allocUnsafe(4 + datagram.length);
  frame.writeUInt32LE(datagram.length, 0);
  frame.set(datagram, 4);
  return frame;
};

/** Datagrams given to a connection in one write: about as much as its buffers hold. */
const BURST_MAX = 128;

/** Sends over several stream connections, in turn; waits where the server is behind, so that nothing is lost unseen. */
export class StreamSender implements Sender {
  readonly how = "node:net";
  readonly #connections: readonly Socket[];
  readonly #framing: Framing;
  readonly #refusals = new Refusals();
  /** All datagrams in their frames, one after the other, and where each begins: a burst is one slice. */
  readonly #frames: Buffer;
  readonly #starts: readonly number[];
  #turn = 0;

  private constructor(connections: readonly Socket[], framing: Framing, datagrams: readonly Buffer[]) {
    this.#connections = connections;
    this.#framing = framing;
    const frames = datagrams.map(framing);
    this.#frames = Buffer.concat(frames);
    const starts = [0];
    for (const frame of frames) starts.push((starts.at(-1) as number) + frame.length);
    this.#starts = starts;
    for (const connection of connections) connection.on("error", (error) => this.#refusals.add(error));
  }

  /** Rejects with the system's error when a connection cannot be made. */
  static async open(
    options: NetConnectOpts,
    framing: Framing,
    sockets: number,
    datagrams: readonly Buffer[],
  ): Promise<StreamSender> {
    const connections = Array.from({ length: sockets }, () => connect(options));
    try {
      await Promise.all(connections.map((connection) => once(connection, "connect")));
    } catch (error) {
      for (const connection of connections) connection.on("error", () => {}).destroy();
      throw error;
    }
    return new StreamSender(connections, framing, datagrams);
  }

  get refused(): ReadonlyMap<string, number> {
    return this.#refusals.byCode;
  }

  /** Rejects with a `LoadError` when the connection is cut: what the server has read of it is not known then. */
  async send(from: number, count: number, times: Uint32Array): Promise<number> {
    const end = Math.min(from + Math.min(count, BURST_MAX), this.#starts.length - 1);
    await this.#write(this.#frames.subarray(this.#starts[from], this.#starts[end]));
    for (let i = from; i < end; i++) times[i] = (times[i] as number) + 1;
    return end - from;
  }

  async sendOne(datagram: Uint8Array): Promise<boolean> {
    await this.#write(this.#framing(datagram));
    return true;
  }

  async close(): Promise<void> {
    const open = this.#connections.filter((connection) => !connection.destroyed);
    await Promise.all(open.map((connection) => new Promise<void>((resolve) => connection.end(resolve))));
    for (const connection of this.#connections) connection.destroy();
  }

  /** Waits until the kernel has taken the bytes. */
  #write(bytes: Buffer): Promise<void> {
    this.#turn = (this.#turn + 1) % this.#connections.length;
    const connection = this.#connections[this.#turn] as Socket;
    return new Promise((resolve, reject) =>
      connection.write(bytes, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(new LoadError(`the server cut a connection (${error.message}): what it has read is not known`));
      }),
    );
  }
}
