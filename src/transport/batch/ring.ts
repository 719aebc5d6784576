import { MMSGHDR } from "../../model/batch.ts";
import type { BatchPlace } from "../../model/batch.ts";
import { MSG_DONTWAIT, MSG_TRUNC, SCM_CREDENTIALS, SOL_SOCKET, SystemCallError } from "../libc.ts";
import type { Libc } from "../libc.ts";
import { SOCKADDR_BYTES } from "../sockaddr.ts";

/** Memory that stays in place while the kernel writes to it: the core's. */
export interface BatchMemory {
  /** Takes `bytes` for good; answers their offset in the heap. */
  reserve(bytes: number): number;
  /** The whole memory. Another object once it has grown. */
  readonly heap: Uint8Array;
}

/**
 * Messages that one `recvmmsg` call may answer. The kernel would give 1,024, but these and their bytes should still be in the
 * processor's cache when the core reads them: 128 full Ethernet frames are 180 KiB. Measured on a VM with 1,432-byte datagrams
 * of 28 lines: 100 ns a line in the core with 1,024 messages a call, 66 to 91 with 256, 71 to 82 with 64.
 */
export const MESSAGES = 128;

/** Longest message that is taken whole: more than the 65,507 bytes of a UDP datagram. */
const MESSAGE_BYTES_MAX = 65_536;
/**
 * Room behind a message for the line feed and vector loads of the core; and it keeps slots from starting at the same place
 * in every cache set. A slot's pages cost memory only once a message has reached them.
 */
const SLOT_STRIDE = MESSAGE_BYTES_MAX + 64;

const IOVEC_BYTES = 16;
/** Room for one control message with credentials: a 16-byte header and three 4-byte numbers. */
const CONTROL_BYTES = 32;

/**
 * The structures that `recvmmsg` reads and writes, all of them in the core's memory, so that no pointer leads to what a
 * garbage collector could move or free. One ring serves all sockets of a thread, one after the other.
 *
 *     headers  128 × struct mmsghdr ──▶ iovecs ──▶ slots   (65,600 bytes each, of which few are ever touched)
 *                                  └──▶ names, controls
 */
export class BatchRing {
  readonly place: BatchPlace;
  readonly #libc: Libc;
  readonly #memory: BatchMemory;
  readonly #iovecs: number;
  readonly #controls: number;
  #base = -1n;
  #headers = 0n;
  #buffer: ArrayBufferLike | undefined;

  constructor(libc: Libc, memory: BatchMemory) {
    this.#libc = libc;
    this.#memory = memory;
    const headers = memory.reserve(MESSAGES * MMSGHDR.bytes);
    const names = memory.reserve(MESSAGES * SOCKADDR_BYTES);
    this.#iovecs = memory.reserve(MESSAGES * IOVEC_BYTES);
    this.#controls = memory.reserve(MESSAGES * CONTROL_BYTES);
    const slots = memory.reserve(MESSAGES * SLOT_STRIDE);
    this.place = { headers, slots, slotStride: SLOT_STRIDE, names, nameBytes: SOCKADDR_BYTES };
  }

  /** Takes what waits in the socket, up to `MESSAGES`, without blocking. Throws a `SystemCallError`. */
  receive(fd: number): number {
    this.#point();
    const received = this.#libc.recvmmsg(fd, this.#headers, MESSAGES, MSG_DONTWAIT, 0n);
    if (received >= 0) return received;
    const error = new SystemCallError("recvmmsg", this.#libc.errno());
    if (error.code === "EAGAIN" || error.code === "EWOULDBLOCK" || error.code === "EINTR") return 0;
    throw error;
  }

  /** Makes room for the credentials of the next messages: the kernel overwrites it with what it used. */
  askForCredentials(): void {
    const { buffer } = this.#memory.heap;
    const lengths = new Uint32Array(buffer, this.place.headers, (MESSAGES * MMSGHDR.bytes) / 4);
    for (let at = MMSGHDR.controlLength / 4; at < lengths.length; at += MMSGHDR.bytes / 4) lengths[at] = CONTROL_BYTES;
  }

  /** How many of the first `received` messages were longer than a slot and lost their end. */
  countTruncated(received: number): number {
    let truncated = 0;
    for (let message = 0; message < received; message++) {
      if ((this.#header(message).getInt32(MMSGHDR.flags, true) & MSG_TRUNC) !== 0) truncated++;
    }
    return truncated;
  }

  /** The process that sent a message, 0 where the kernel does not say. */
  processOf(message: number): number {
    const view = new DataView(this.#memory.heap.buffer, this.#controls + message * CONTROL_BYTES, CONTROL_BYTES);
    const isPresent = this.#header(message).getUint32(MMSGHDR.controlLength, true) >= 28;
    const isCredentials = view.getInt32(8, true) === SOL_SOCKET && view.getInt32(12, true) === SCM_CREDENTIALS;
    return isPresent && isCredentials ? view.getInt32(16, true) : 0;
  }

  #header(message: number): DataView {
    return new DataView(this.#memory.heap.buffer, this.place.headers + message * MMSGHDR.bytes, MMSGHDR.bytes);
  }

  /** Writes every pointer anew where the memory has moved, or may have: after it has grown. */
  #point(): void {
    const { buffer } = this.#memory.heap;
    if (buffer === this.#buffer) return;
    this.#buffer = buffer;
    const base = this.#libc.pointerTo(this.#memory.heap);
    if (base === this.#base) return;
    this.#base = base;
    this.#headers = base + BigInt(this.place.headers);
    const pointer = (offset: number): bigint => base + BigInt(offset);
    for (let message = 0; message < MESSAGES; message++) {
      const iovec = this.#iovecs + message * IOVEC_BYTES;
      const header = this.#header(message);
      header.setBigUint64(MMSGHDR.name, pointer(this.place.names + message * SOCKADDR_BYTES), true);
      header.setUint32(MMSGHDR.nameLength, SOCKADDR_BYTES, true);
      header.setBigUint64(MMSGHDR.iov, pointer(iovec), true);
      header.setBigUint64(MMSGHDR.iovLength, 1n, true);
      header.setBigUint64(MMSGHDR.control, pointer(this.#controls + message * CONTROL_BYTES), true);
      header.setBigUint64(MMSGHDR.controlLength, BigInt(CONTROL_BYTES), true);
      const view = new DataView(buffer, iovec, IOVEC_BYTES);
      view.setBigUint64(0, pointer(this.place.slots + message * SLOT_STRIDE), true);
      view.setBigUint64(8, BigInt(MESSAGE_BYTES_MAX), true);
    }
  }
}
