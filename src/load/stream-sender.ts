import { frame, openStream } from "../transport/target/stream.ts";
import type { Stream } from "../transport/target/stream.ts";
import type { StreamTarget } from "../transport/target/url.ts";
import type { Sender } from "./sender.ts";

/** Datagrams given to a connection in one write: about as much as its buffers hold. */
const BURST_MAX = 128;
/** A stream refuses nothing: what it cannot take now waits, and one that was cut ends the load. */
const NONE: ReadonlyMap<string, number> = new Map();

/**
 * Sends over several stream connections, in turn; waits where the server is behind, so that nothing is lost unseen. Rejects with a
 * `TargetError` when a connection is cut: what the server has read of it is not known then.
 */
export class StreamSender implements Sender {
  readonly how = "node:net";
  readonly refused = NONE;
  readonly #target: StreamTarget;
  readonly #connections: readonly Stream[];
  /** All datagrams in their frames, one after the other, and where each begins: a burst is one slice. */
  readonly #frames: Buffer;
  readonly #starts: readonly number[];
  #turn = 0;

  private constructor(target: StreamTarget, connections: readonly Stream[], datagrams: readonly Buffer[]) {
    this.#target = target;
    this.#connections = connections;
    const frames = datagrams.map((datagram) => frame(target, datagram));
    this.#frames = Buffer.concat(frames);
    const starts = [0];
    for (const { length } of frames) starts.push((starts.at(-1) as number) + length);
    this.#starts = starts;
  }

  /** Rejects with a `TargetError` when a connection cannot be made. */
  static async open(target: StreamTarget, sockets: number, datagrams: readonly Buffer[]): Promise<StreamSender> {
    const opening = await Promise.allSettled(Array.from({ length: sockets }, () => openStream(target)));
    const connections = opening.flatMap((made) => (made.status === "fulfilled" ? [made.value] : []));
    const failed = opening.find((made) => made.status === "rejected");
    if (failed === undefined) return new StreamSender(target, connections, datagrams);
    await Promise.all(connections.map((connection) => connection.close()));
    throw failed.reason;
  }

  async send(from: number, count: number, times: Uint32Array): Promise<number> {
    const end = Math.min(from + Math.min(count, BURST_MAX), this.#starts.length - 1);
    await this.#write(this.#frames.subarray(this.#starts[from], this.#starts[end]));
    for (let i = from; i < end; i++) times[i] = (times[i] as number) + 1;
    return end - from;
  }

  async sendOne(datagram: Uint8Array): Promise<boolean> {
    await this.#write(frame(this.#target, datagram));
    return true;
  }

  async close(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
  }

  #write(framed: Uint8Array): Promise<void> {
    this.#turn = (this.#turn + 1) % this.#connections.length;
    return (this.#connections[this.#turn] as Stream).write(framed);
  }
}
