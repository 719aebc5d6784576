import type { Libc } from "../transport/libc.ts";
import { encodeInetAddress, encodeUnixAddress } from "../transport/sockaddr.ts";
import { BatchSender } from "./batch-sender.ts";
import { DgramSender } from "./dgram-sender.ts";
import type { Sender } from "./sender.ts";
import { LoadError } from "./sender.ts";
import { byLength, byNewline, StreamSender } from "./stream-sender.ts";
import { formatTarget } from "./target.ts";
import type { Target } from "./target.ts";

export interface SenderOptions {
  /** A host must be a numeric address. */
  readonly target: Target;
  /** Client sockets: a server with several shards spreads clients over them. */
  readonly sockets: number;
  readonly datagrams: readonly Buffer[];
  /** Absent where the C library cannot be had: `node:dgram` sends then, and Unix datagrams cannot be sent. */
  readonly libc: Libc | undefined;
}

const REMEDIES = new Map([
  ["ECONNREFUSED", "nothing listens there: start the server first"],
  ["ENOENT", "there is no such socket: start the server first"],
  ["EACCES", "this user may not write to it"],
  ["EPROTOTYPE", "the socket there is of the other kind: try unix:// or unixgram://"],
]);

/** Connects to the target. Rejects with a `LoadError`. */
export async function openSender(options: SenderOptions): Promise<Sender> {
  try {
    return await open(options);
  } catch (error) {
    if (error instanceof LoadError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const remedy = REMEDIES.get(code) ?? "see the error code";
    throw new LoadError(`cannot send to ${formatTarget(options.target)} (${code}): ${remedy}`, { cause: error });
  }
}

async function open({ target, sockets, datagrams, libc }: SenderOptions): Promise<Sender> {
  if ("path" in target) {
    if (target.scheme === "unix") return StreamSender.open({ path: target.path }, byLength, sockets, datagrams);
    if (libc !== undefined) return new BatchSender(libc, encodeUnixAddress(target.path), sockets, datagrams);
    throw new LoadError("Node.js itself has no Unix datagram sockets; unixgram:// needs Linux and Node.js 26 or newer");
  }
  const { scheme, host, port } = target;
  if (scheme === "tcp") return StreamSender.open({ host, port, noDelay: true }, byNewline, sockets, datagrams);
  if (libc !== undefined) return new BatchSender(libc, encodeInetAddress(host, port), sockets, datagrams);
  return DgramSender.open(host, port, sockets, datagrams);
}
