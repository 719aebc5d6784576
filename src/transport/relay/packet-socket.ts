import type { Outcomes } from "./outcomes.ts";

/**
 * A UDP socket that never waits: a packet that the system does not take at once is dropped and counted, so that whoever
 * relays goes on reading. Its queue is the system's send buffer.
 */
export interface PacketSocket {
  /** Where the next packet is written, as long as the longest one. */
  readonly packet: Uint8Array;
  /** What has become of the packets. */
  readonly outcomes: Outcomes;
  /** Descriptors that Node.js does not close when the thread dies. */
  readonly fds: readonly number[];
  /** Sends the first `length` bytes of `packet`, which hold `lines` lines. After the call `packet` may be written again. */
  send(length: number, lines: number): void;
  /** Closes the socket once it is known what has become of all packets. */
  close(): Promise<void>;
}

/** Asked of the system for what waits to be sent: a burst of some milliseconds at 10 Gbit/s. */
export const SEND_BUFFER_BYTES = 4 * 1024 * 1024;
