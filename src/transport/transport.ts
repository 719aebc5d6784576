import type { StreamRejectReason } from "../model/reject.ts";
import type { ListenerStatus } from "../model/status.ts";
import type { StreamLimits, TransportCounters } from "../model/transport.ts";
import type { BatchLoop } from "./batch/loop.ts";

/**
 * Where bytes go. Primitives and no objects: this is called once per datagram.
 *
 * A datagram transport calls it once per datagram; a stream transport once per block of whole lines.
 */
export interface Sink {
  /**
   * Takes `bytes`, which are valid only during the call. `address` and `port` are the sender's; "" and 0 where a
   * transport knows none.
   */
  take(bytes: Uint8Array, address: string, port: number): void;
  /** Counts one line as received and refused. `bytes` are what there is of its start, maybe none; as for `take`. */
  refuse(reason: StreamRejectReason, bytes: Uint8Array, address: string, port: number): void;
  /**
   * Resolves when nothing that was handed over waits for its turn any more; undefined where nothing does. Until then, who can let
   * its clients wait reads no more of them. Absent where nothing ever waits.
   */
  readonly whenUpToDate?: (() => Promise<void> | undefined) | undefined;
}

export interface TransportOptions {
  /** For example `udp://127.0.0.1:8125`; port 0 takes a free one. */
  readonly url: string;
  /** Asked of the kernel; what it gave is in `listener`. */
  readonly receiveBufferBytes: number;
  /** True where other sockets of this process listen on the same port (SO_REUSEPORT). */
  readonly reusePort: boolean;
  /** For streams only; of these, datagram sockets with a path take the mode. */
  readonly stream: StreamLimits;
  /** Where the thread reads datagrams in batches: the loop that does it. */
  readonly loop?: BatchLoop | undefined;
}

/** One open listener. */
export interface Transport {
  /** With the address and port that were really bound. */
  readonly listener: ListenerStatus;
  /** A new reading; absent where a transport counts nothing of its own. */
  readonly counters?: () => TransportCounters;
  /** No byte arrives after this has resolved. */
  close(): Promise<void>;
}

/** Opens a listener, or rejects with a `TransportError`. */
export type OpenTransport = (
  options: TransportOptions,
  sink: Sink,
  onError: (error: TransportError) => void,
) => Promise<Transport>;

/** A listener that could not be opened, or that has broken later; the message says what to do. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  readonly url: string;

  constructor(url: string, message: string, cause?: unknown) {
    super(`${url}: ${message}`, { cause });
    this.url = url;
  }
}
