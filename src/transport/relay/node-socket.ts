import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import type { RelayTarget } from "../../model/relay.ts";
import { Outcomes, reasonOf } from "./outcomes.ts";
import { SEND_BUFFER_BYTES } from "./packet-socket.ts";
import type { PacketSocket } from "./packet-socket.ts";

/** How long a close waits for packets that the system has not taken yet, in milliseconds. */
const CLOSE_MS_MAX = 1_000;

/** What has become of an attempt to send: nothing bad, or the system's code. */
type Sent = (code: string | undefined) => void;

/**
 * Sends by `node:dgram`, for threads that live by their event loop. Node.js queues what the system does not take at once; that
 * queue has a bound here. Connected for the same reasons as a `SystemPacketSocket`, and again after a failure.
 */
export class NodePacketSocket implements PacketSocket {
  readonly packet: Buffer;
  readonly outcomes = new Outcomes();
  readonly fds: readonly number[] = [];
  readonly #target: RelayTarget;
  readonly #socket: Socket;
  #state: "apart" | "connecting" | "connected" = "apart";
  #inFlight = 0;

  private constructor(target: RelayTarget, packetBytesMax: number) {
    this.#target = target;
    this.packet = Buffer.alloc(packetBytesMax);
    this.#socket = createSocket({ type: isIPv6(target.host) ? "udp6" : "udp4" });
    // Answers to earlier packets come here or with the next packet, whoever looks first.
    this.#socket.on("error", (error) => this.#hear(error));
  }

  /** Rejects where the system has no such sockets; a target that is out of reach is tried again with each packet. */
  static async open(target: RelayTarget, packetBytesMax: number): Promise<NodePacketSocket> {
    const self = new NodePacketSocket(target, packetBytesMax);
    self.#socket.bind(0);
    await once(self.#socket, "listening");
    askForBuffer(self.#socket);
    await self.#connect();
    return self;
  }

  send(length: number, lines: number): void {
    if (this.#state === "apart") void this.#connect();
    if (this.#socket.getSendQueueSize() + length > SEND_BUFFER_BYTES) return this.outcomes.dropped("no_room", lines);
    // The queue holds on to what it is given.
    const bytes = Buffer.from(this.packet.subarray(0, length));
    this.#trySend(bytes, (code) => {
      if (code === "ECONNREFUSED") {
        // That is the answer to an earlier packet; this one has not been sent yet.
        this.outcomes.refused();
        this.#trySend(bytes, (again) => this.#book(again, lines));
      } else this.#book(code, lines);
    });
  }

  async close(): Promise<void> {
    const endMs = performance.now() + CLOSE_MS_MAX;
    while (this.#inFlight > 0 && performance.now() < endMs) await new Promise(setImmediate);
    this.#socket.close();
    await once(this.#socket, "close");
  }

  async #connect(): Promise<void> {
    if (this.#state !== "apart") return;
    this.#state = "connecting";
    const { host, port } = this.#target;
    const error = await new Promise((resolve) => this.#socket.connect(port, host, resolve as () => void));
    this.#state = error === undefined ? "connected" : "apart";
  }

  #trySend(bytes: Buffer, done: Sent): void {
    if (this.#state !== "connected") return done("ENETUNREACH");
    this.#inFlight++;
    this.#socket.send(bytes, (error) => {
      this.#inFlight--;
      done(error === null ? undefined : codeOf(error));
    });
  }

  #book(code: string | undefined, lines: number): void {
    if (code === undefined) return this.outcomes.sent(lines);
    const reason = reasonOf(code);
    this.outcomes.dropped(reason, lines);
    const isWayGone = reason === "unreachable" || reason === "other";
    if (isWayGone && this.#state === "connected") this.#disconnect();
  }

  #disconnect(): void {
    this.#state = "apart";
    this.#socket.disconnect();
  }

  #hear(error: Error): void {
    if (codeOf(error) === "ECONNREFUSED") this.outcomes.refused();
  }
}

function codeOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}

function askForBuffer(socket: Socket): void {
  try {
    socket.setSendBufferSize(SEND_BUFFER_BYTES);
  } catch {
    // Some systems refuse what is too much instead of giving less; then the default stays.
  }
}
