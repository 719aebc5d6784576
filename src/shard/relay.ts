import type { PacketSocket } from "../transport/relay/packet-socket.ts";

const LF = 0x0a;
const CR = 0x0d;

/**
 * Packs lines as they came, good or bad, into packets, and sends each when the next line does not fit.
 *
 *     a:1|c\nb:2|c\r\n\nbad      two datagrams, or blocks of a stream
 *     c:3|ms
 *
 *     a:1|c\nb:2|c\nbad\n        packets of 18 bytes at most
 *     c:3|ms\n
 *
 * An empty line is none, a line that is longer than a packet is counted and not relayed.
 */
export class Relay {
  readonly #socket: PacketSocket;
  readonly #packet: Uint8Array;
  readonly #requiresEnd: boolean;
  #used = 0;
  #lines = 0;

  /** `requiresEnd`: what does not end in a line feed is no whole line. Packets are as long as the socket's at most. */
  constructor(socket: PacketSocket, requiresEnd: boolean) {
    this.#socket = socket;
    this.#packet = socket.packet;
    this.#requiresEnd = requiresEnd;
  }

  /** Takes a datagram, or a block of a stream's lines. */
  take(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length;) {
      let end = start;
      while (end < bytes.length && bytes[end] !== LF) end++;
      if (end === bytes.length && this.#requiresEnd) return;
      this.#takeLine(bytes, start, end > start && bytes[end - 1] === CR ? end - 1 : end);
      start = end + 1;
    }
  }

  /** Sends what waits for further lines. */
  flush(): void {
    if (this.#used === 0) return;
    const [length, lines] = [this.#used, this.#lines];
    this.#used = 0;
    this.#lines = 0;
    this.#socket.send(length, lines);
  }

  // Byte by byte: most lines are so short that a call into the engine's own copying would take longer.
  #takeLine(bytes: Uint8Array, start: number, end: number): void {
    const packet = this.#packet;
    const needed = end - start + 1;
    if (needed === 1) return;
    if (needed > packet.length) return void this.#socket.outcomes.counts.longLines++;
    if (needed > packet.length - this.#used) this.flush();
    let at = this.#used;
    for (let from = start; from < end; from++) packet[at++] = bytes[from] as number;
    packet[at++] = LF;
    this.#used = at;
    this.#lines++;
  }
}
