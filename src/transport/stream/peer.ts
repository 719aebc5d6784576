import type { Socket } from "node:net";
import { LibcMissingError, loadLibc, SO_PEERCRED, SOL_SOCKET } from "../libc.ts";

/** `struct ucred`: pid, uid and gid, four bytes each. */
const UCRED_BYTES = 12;

/** `pid N` of the process that has connected over a Unix socket; "" where the system, or Node.js, does not tell. */
export function peerProcess(socket: Socket): string {
  // Node.js has no public name for it.
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: number } | null };
  const fd = handle?.fd ?? -1;
  const pid = fd < 0 ? 0 : pidAt(fd);
  return pid === 0 ? "" : `pid ${pid}`;
}

/** 0 = unknown, as of a process in another namespace. */
function pidAt(fd: number): number {
  try {
    const libc = loadLibc();
    const credentials = Buffer.alloc(UCRED_BYTES);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(UCRED_BYTES);
    const [into, lengthAt] = [libc.pointerTo(credentials), libc.pointerTo(length)];
    return libc.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, into, lengthAt) === 0 ? credentials.readInt32LE() : 0;
  } catch (error) {
    if (error instanceof LibcMissingError) return 0;
    throw error;
  }
}
