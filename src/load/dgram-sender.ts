import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import type { Sender } from "./sender.ts";
import { Refusals, SEND_BUFFER_BYTES } from "./sender.ts";

/** Datagrams given to the kernel before their callbacks are awaited: bounds this process's own queue. */
const BURST_MAX = 64;

/** Sends UDP by `node:dgram` over connected sockets, in turn: where `sendmmsg` is not to be had. */
export class DgramSender implements Sender {
  readonly how = "node:dgram";
  readonly #sockets: readonly Socket[];
  readonly #datagrams: readonly Buffer[];
  readonly #refusals = new Refusals();
  #turn = 0;

  private constructor(sockets: readonly Socket[], datagrams: readonly Buffer[]) {
    this.#sockets = sockets;
    this.#datagrams = datagrams;
    // A refusal that comes late (nobody listens there) belongs to no send any more.
    for (const socket of sockets) socket.on("error", (error) => this.#refusals.add(error));
  }

  /** `address` is numeric. Rejects with the system's error. */
  static async open(
    address: string,
    port: number,
    sockets: number,
    datagrams: readonly Buffer[],
  ): Promise<DgramSender> {
    const open: Socket[] = [];
    try {
      while (open.length < sockets) open.push(await connected(address, port));
    } catch (error) {
      for (const socket of open) socket.close();
      throw error;
    }
    return new DgramSender(open, datagrams);
  }

  get refused(): ReadonlyMap<string, number> {
    return this.#refusals.byCode;
  }

  async send(from: number, count: number, times: Uint32Array): Promise<number> {
    const burst = this.#datagrams.slice(from, from + Math.min(count, BURST_MAX));
    const socket = this.#nextSocket();
    const taken = await Promise.all(burst.map((datagram) => this.#sendTo(socket, datagram)));
    for (const [i, isTaken] of taken.entries()) times[from + i] = (times[from + i] as number) + Number(isTaken);
    return taken.filter(Boolean).length;
  }

  sendOne(datagram: Uint8Array): Promise<boolean> {
    return this.#sendTo(this.#nextSocket(), datagram);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.close();
  }

  #nextSocket(): Socket {
    this.#turn = (this.#turn + 1) % this.#sockets.length;
    return this.#sockets[this.#turn] as Socket;
  }

  #sendTo(socket: Socket, datagram: Uint8Array): Promise<boolean> {
    return new Promise((resolve) =>
      socket.send(datagram, (error) => {
        if (error !== null) this.#refusals.add(error);
        resolve(error === null);
      }),
    );
  }
}

async function connected(address: string, port: number): Promise<Socket> {
  const socket = createSocket({ type: isIPv6(address) ? "udp6" : "udp4", sendBufferSize: SEND_BUFFER_BYTES });
  try {
    socket.connect(port, address);
    await once(socket, "connect");
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}
