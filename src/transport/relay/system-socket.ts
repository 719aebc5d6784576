import type { RelayDropReason, RelayTarget } from "../../model/relay.ts";
import { openUdpSender } from "../batch/socket.ts";
import { codeOf, MSG_DONTWAIT, MSG_NOSIGNAL } from "../libc.ts";
import type { Libc } from "../libc.ts";
import { encodeInetAddress } from "../sockaddr.ts";
import { Outcomes, reasonOf } from "./outcomes.ts";
import { SEND_BUFFER_BYTES } from "./packet-socket.ts";
import type { PacketSocket } from "./packet-socket.ts";

/** A `struct sockaddr` of the family AF_UNSPEC: connecting to it dissolves a connection (man 2 connect). */
const NOWHERE = Buffer.alloc(16);

/**
 * Sends by the C library, for threads whose event loop hardly ever turns: each call is over when it returns, and one buffer
 * serves all packets. The socket is connected, so that it hears when nobody listens. It connects when there is something to
 * send, and again after a failure: there may be another way, and another address of this machine to send from.
 */
export class SystemPacketSocket implements PacketSocket {
  readonly packet: Buffer;
  readonly outcomes = new Outcomes();
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #address: Buffer;
  /** Both buffers are held by this object: the kernel reads them through pointers. */
  readonly #packetPointer: bigint;
  readonly #addressPointer: bigint;
  #isConnected = false;

  /** Throws a `SystemCallError`. */
  constructor(libc: Libc, { host, port }: RelayTarget, packetBytesMax: number) {
    this.#libc = libc;
    this.packet = Buffer.allocUnsafeSlow(packetBytesMax);
    this.#address = encodeInetAddress(host, port);
    this.#packetPointer = libc.pointerTo(this.packet);
    this.#addressPointer = libc.pointerTo(this.#address);
    this.#fd = openUdpSender(libc, this.#address, SEND_BUFFER_BYTES);
  }

  get fds(): readonly number[] {
    return [this.#fd];
  }

  send(length: number, lines: number): void {
    let reason = this.#trySend(length);
    if (reason === "refused") {
      // That is the answer to an earlier packet; this one has not been sent yet.
      this.outcomes.refused();
      reason = this.#trySend(length);
    }
    if (reason === undefined) return this.outcomes.sent(lines);
    this.outcomes.dropped(reason, lines);
    if (reason === "unreachable" || reason === "other") this.#disconnect();
  }

  close(): Promise<void> {
    this.#libc.close(this.#fd);
    return Promise.resolve();
  }

  /** Answers why the system did not take the packet, if it did not. */
  #trySend(length: number): RelayDropReason | undefined {
    const libc = this.#libc;
    if (!this.#isConnected) {
      if (libc.connect(this.#fd, this.#addressPointer, this.#address.length) < 0) return reasonOf(codeOf(libc.errno()));
      this.#isConnected = true;
    }
    const taken = libc.sendto(this.#fd, this.#packetPointer, BigInt(length), MSG_DONTWAIT | MSG_NOSIGNAL, 0n, 0);
    return taken < 0n ? reasonOf(codeOf(libc.errno())) : undefined;
  }

  #disconnect(): void {
    this.#isConnected = false;
    this.#libc.connect(this.#fd, this.#libc.pointerTo(NOWHERE), NOWHERE.length);
  }
}
