import type { Libc } from "../transport/libc.ts";
import { encodeInetAddress, encodeUnixAddress } from "../transport/sockaddr.ts";
import { explain, TargetError } from "../transport/target/target.ts";
import type { Target } from "../transport/target/url.ts";
import { BatchSender } from "./batch-sender.ts";
import { DgramSender } from "./dgram-sender.ts";
import type { Sender } from "./sender.ts";
import { StreamSender } from "./stream-sender.ts";

export interface SenderOptions {
  /** A host must be a numeric address. */
  readonly target: Target;
  /** Client sockets: a server with several shards spreads clients over them. */
  readonly sockets: number;
  readonly datagrams: readonly Buffer[];
  /** Absent where the C library cannot be had: `node:dgram` sends then, and Unix datagrams cannot be sent. */
  readonly libc: Libc | undefined;
}

/** Connects to the target. Rejects with a `TargetError`. */
export async function openSender(options: SenderOptions): Promise<Sender> {
  try {
    return await open(options);
  } catch (error) {
    throw explain(options.target, error, true);
  }
}

async function open({ target, sockets, datagrams, libc }: SenderOptions): Promise<Sender> {
  if (target.scheme === "tcp" || target.scheme === "unix") return StreamSender.open(target, sockets, datagrams);
  if (target.scheme === "unixgram") {
    if (libc !== undefined) return new BatchSender(libc, encodeUnixAddress(target.path), sockets, datagrams);
    const why = "Node.js itself has no Unix datagram sockets; unixgram:// needs Linux and Node.js 26 or newer";
    throw new TargetError(target, why, true);
  }
  const { host, port } = target;
  if (libc !== undefined) return new BatchSender(libc, encodeInetAddress(host, port), sockets, datagrams);
  return DgramSender.open(host, port, sockets, datagrams);
}
