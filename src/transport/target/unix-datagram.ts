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
import { UNIX_PATH_BYTES_MAX, encodeUnixAddress } from "../sockaddr.ts";
import { explain, pathOf, TargetError } from "./target.ts";
import type { Target } from "./target.ts";

/** A receiver that has read nothing for so long, in milliseconds, is taken for gone. */
const STUCK_MS_MAX = 5_000;
const RETRY_MS = 1;
/** Datagram sockets of this kind lose nothing: a full receiver is waited for. */
const FULL = new Set(["EAGAIN", "EWOULDBLOCK", "ENOBUFS"]);
/** What befalls one datagram; after anything else the socket is of no use. */
const ONE_ONLY = new Set(["EMSGSIZE"]);

/** Unix datagrams, for which Node.js has no socket: by the C library, where `node:ffi` reaches it. */
export async function openUnixDatagramTarget(url: string): Promise<Target> {
  const libc = load(url);
  const address = addressOf(url);
  const fd = checked(libc, "socket", libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  try {
    checked(libc, "connect", libc.connect(fd, libc.pointerTo(address), address.length));
  } catch (error) {
    libc.close(fd);
    throw explain(url, error, true);
  }
  // One after the other, so that a datagram that waits for room is not overtaken.
  let last = Promise.resolve();
  return {
    send(bytes) {
      const sent = last.then(() => sendOne(libc, fd, url, bytes));
      last = sent.catch(() => {});
      return sent;
    },
    async close() {
      await last;
      libc.close(fd);
    },
  };
}

function load(url: string): Libc {
  try {
    return loadLibc();
  } catch (error) {
    if (!(error instanceof LibcMissingError)) throw error;
    throw new TargetError(
      url,
      `Unix datagrams cannot be sent here: ${error.message}; use unix:// or udp://`,
      true,
      error,
    );
  }
}

function addressOf(url: string): Buffer {
  const path = pathOf(url);
  const length = Buffer.byteLength(path);
  if (length <= UNIX_PATH_BYTES_MAX) return encodeUnixAddress(path);
  throw new TargetError(url, `a socket's path has at most ${UNIX_PATH_BYTES_MAX} bytes, and this one ${length}`, true);
}

async function sendOne(libc: Libc, fd: number, url: string, bytes: Uint8Array): Promise<void> {
  const endMs = performance.now() + STUCK_MS_MAX;
  for (;;) {
    try {
      const pointer = libc.pointerTo(bytes);
      checked(libc, "sendto", libc.sendto(fd, pointer, BigInt(bytes.length), MSG_DONTWAIT | MSG_NOSIGNAL, 0n, 0));
      return;
    } catch (error) {
      const code = error instanceof SystemCallError ? error.code : "";
      if (!FULL.has(code)) throw explain(url, error, !ONE_ONLY.has(code));
      if (performance.now() > endMs)
        throw new TargetError(url, `the receiver has read nothing for ${STUCK_MS_MAX / 1_000} s`, true, error);
    }
    await wait(RETRY_MS);
  }
}
