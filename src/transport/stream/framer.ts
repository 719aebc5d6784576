import type { StreamRejectReason } from "../../model/reject.ts";
import type { TransportCounter } from "../../model/transport.ts";

/** What a sink is given at most by one call: the core's input (a test compares the two). */
export const BLOCK_BYTES_MAX = 65_536;
/** How much of a refused line is handed over, for people to see. */
export const EXAMPLE_BYTES_MAX = 256;
/** A line of which so much was skipped is no line: the connection only costs. */
export const SKIPPED_BYTES_MAX = 1 << 20;

/** Why a framer gives a connection up. */
export type Cut = Extract<TransportCounter, "connections_frame_cut" | "connections_line_cut">;

/** Where a framer puts what it found. All bytes are valid only during the call. */
export interface LineSink {
  /** One or more whole lines, at most `BLOCK_BYTES_MAX` bytes; the last one may be without its line feed. */
  take(bytes: Uint8Array): void;
  /** One line that is not used; `bytes` are its first ones, at most a whole line or `EXAMPLE_BYTES_MAX`, maybe none. */
  refuse(reason: StreamRejectReason, bytes: Uint8Array): void;
  /** So many bytes were thrown away beside those of `refuse`. */
  skip(byteCount: number): void;
  /** The connection is not worth going on with: nothing more is pushed. */
  cut(cause: Cut): void;
}

/** Turns the bytes of one connection, as they come, into blocks of whole lines, without a copy where a line was not torn. */
export interface Framer {
  push(chunk: Buffer): void;
  /** The connection has ended, whoever ended it. */
  end(): void;
}
