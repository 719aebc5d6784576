import { setTimeout as wait } from "node:timers/promises";
import {
  AF_UNIX,
  checked,
  LibcMissingError,
  loadLibc,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SystemCallError,
} from "../libc.ts";
import type { Libc } from "../libc.ts";
import { encodeUnixAddress } from "../sockaddr.ts";
import { STUCK_MS_MAX, stuck } from "./stream.ts";
import { explain, TargetError } from "./target.ts";
import type { TargetSocket } from "./target.ts";
import type { Unix } from "./url.ts";

const RETRY_MS = 1;
/** Datagram sockets of this kind lose nothing: a full receiver is waited for. */
const FULL = new Set(["EAGAIN", "EWOULDBLOCK", "ENOBUFS"]);
/** What befalls one datagram; after anything else the socket is of no use. */
const ONE_ONLY = new Set(["EMSGSIZE"]);

/** Unix datagrams, for which Node.js has no socket: by the C library, where `node:ffi` reaches it. */
export async function openUnixDatagramTarget(target: Unix<"unixgram">): Promise<TargetSocket> {
  const libc = load(target);
  const address = encodeUnixAddress(target.path);
  const fd = checked(libc, "socket", libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  try {
    checked(libc, "connect", libc.connect(fd, libc.pointerTo(address), address.length));
  } catch (error) {
    libc.close(fd);
    throw explain(target, error, true);
  }
  // One after the other, so that a datagram that waits for room is not overtaken.
  let last = Promise.resolve();
  return {
    send(bytes) {
      const sent = last.then(() => sendOne(libc, fd, target, bytes));
      last = sent.catch(() => {});
      return sent;
    },
    async close() {
      await last;
      libc.close(fd);
    },
  };
}

function load(target: Unix<"unixgram">): Libc {
  try {
    return loadLibc();
  } catch (error) {
    if (!(error instanceof LibcMissingError)) throw error;
    throw new TargetError(
      target,
      `Unix datagrams cannot be sent here: ${error.message}; use unix:// or udp://`,
      true,
      error,
    );
  }
}

async function sendOne(libc: Libc, fd: number, target: Unix<"unixgram">, bytes: Uint8Array): Promise<void> {
  const endMs = performance.now() + STUCK_MS_MAX;
  for (;;) {
    try {
      const pointer = libc.pointerTo(bytes);
      checked(libc, "sendto", libc.sendto(fd, pointer, BigInt(bytes.length), MSG_DONTWAIT | MSG_NOSIGNAL, 0n, 0));
      return;
    } catch (error) {
      const code = error instanceof SystemCallError ? error.code : "";
      if (!FULL.has(code)) throw explain(target, error, !ONE_ONLY.has(code));
      if (performance.now() > endMs) throw stuck(target, STUCK_MS_MAX);
    }
    await wait(RETRY_MS);
  }
}
