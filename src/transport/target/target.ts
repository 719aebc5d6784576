/** The other end: sends recorded datagrams to a server of any kind. */
export interface Target {
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

  constructor(url: string, message: string, isFinal: boolean, cause?: unknown) {
    super(`${url}: ${message}`, { cause });
    this.isFinal = isFinal;
  }
}

/** The path in `unix://PATH` or `unixgram://PATH`. */
export function pathOf(url: string): string {
  const path = url.slice(url.indexOf("://") + 3);
  if (path === "")
    throw new TargetError(url, "a target names a socket's path, for example unix:///run/statsd.sock", true);
  return path;
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
export function explain(url: string, error: unknown, isFinal: boolean): TargetError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new TargetError(url, REASONS.get(code ?? "") ?? message, isFinal, error);
}
