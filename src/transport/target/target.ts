import { formatTarget } from "./url.ts";
import type { Target } from "./url.ts";

/** The other end: sends recorded datagrams to a server of any kind. */
export interface TargetSocket {
  /**
   * Sends one datagram, whole; `bytes` must stay as they are until the promise settles. Resolves when the system has taken it;
   * rejects with a `TargetError`. Several may be on their way at once; they keep their order.
   */
  send(bytes: Uint8Array): Promise<void>;
  /** Lets what was taken go out, then closes. */
  close(): Promise<void>;
}

/** A target that cannot be reached, or a datagram that it did not take. */
export class TargetError extends Error {
  override readonly name = "TargetError";
  /** Nothing more can be sent to this target. */
  readonly isFinal: boolean;

  constructor(target: Target, message: string, isFinal: boolean, cause?: unknown) {
    super(`${formatTarget(target)}: ${message}`, { cause });
    this.isFinal = isFinal;
  }
}

const REASONS = new Map([
  ["ECONNREFUSED", "nobody listens there"],
  ["ENOENT", "there is no such socket"],
  ["EACCES", "this process may not write to that socket"],
  ["EPROTOTYPE", "that socket is of another kind: unix:// is for streams, unixgram:// for datagrams"],
  ["EMSGSIZE", "the datagram is too large for this transport"],
  ["EPIPE", "the other side has closed the connection"],
  ["ECONNRESET", "the other side has closed the connection"],
  ["ENOTFOUND", "the host name is unknown"],
  ["ABORT_ERR", "no connection within 10 s"],
]);

/** A `TargetError` of an error of the system. */
export function explain(target: Target, error: unknown, isFinal: boolean): TargetError {
  if (error instanceof TargetError) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  const reason = REASONS.get(code);
  return new TargetError(target, reason === undefined ? message : `${reason} (${code})`, isFinal, error);
}
