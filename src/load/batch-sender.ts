import { MMSGHDR } from "../model/batch.ts";
import {
  checked,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  POLLOUT,
  SO_SNDBUF,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_SOCKET,
  SystemCallError,
} from "../transport/libc.ts";
import type { Libc } from "../transport/libc.ts";
import { familyOf } from "../transport/sockaddr.ts";
import type { Sender } from "./sender.ts";
import { Refusals, SEND_BUFFER_BYTES } from "./sender.ts";

/** `UIO_MAXIOV`: the kernel takes no more in one call. */
const DATAGRAMS_PER_CALL_MAX = 1_024;
/** `struct iovec` of 64-bit Linux. */
const IOVEC_BYTES = 16;
const IOVEC_LENGTH = 8;
const POLLFD_BYTES = 8;
const WAIT_MS = 1;
const FLAGS = MSG_DONTWAIT | MSG_NOSIGNAL;
/** There is no room now: the receiver of a Unix datagram socket is behind, or the interface's queue is full. */
const NO_ROOM = new Set(["EAGAIN", "EWOULDBLOCK", "ENOBUFS"]);

/**
 * Sends with `sendmmsg` over connected datagram sockets, in turn. All structures are made once: a call is a pointer into
 * them and a count, and nothing is copied or allocated in this process.
 */
export class BatchSender implements Sender {
  readonly how = "sendmmsg";
  readonly #libc: Libc;
  readonly #fds: readonly number[];
  readonly #refusals = new Refusals();
  readonly #datagramCount: number;
  readonly #pollfd = Buffer.allocUnsafeSlow(POLLFD_BYTES);
  /** What the kernel reads through pointers; held here so that it is not collected. */
  readonly #bytes: Buffer;
  readonly #iovecs: Buffer;
  readonly #headers: Buffer;
  readonly #headersPointer: bigint;
  #turn = 0;

  /** Throws a `SystemCallError` when a socket cannot be made or connected. */
  constructor(libc: Libc, address: Buffer, sockets: number, datagrams: readonly Buffer[]) {
    this.#libc = libc;
    this.#datagramCount = datagrams.length;
    this.#bytes = Buffer.allocUnsafeSlow(datagrams.reduce((sum, { length }) => sum + length, 0));
    this.#iovecs = Buffer.alloc(datagrams.length * IOVEC_BYTES);
    this.#headers = Buffer.alloc(datagrams.length * MMSGHDR.bytes);
    this.#headersPointer = libc.pointerTo(this.#headers);
    const [bytesPointer, iovecsPointer] = [libc.pointerTo(this.#bytes), libc.pointerTo(this.#iovecs)];
    let offset = 0;
    for (const [i, datagram] of datagrams.entries()) {
      this.#bytes.set(datagram, offset);
      this.#iovecs.writeBigUInt64LE(bytesPointer + BigInt(offset), i * IOVEC_BYTES);
      this.#iovecs.writeBigUInt64LE(BigInt(datagram.length), i * IOVEC_BYTES + IOVEC_LENGTH);
      this.#headers.writeBigUInt64LE(iovecsPointer + BigInt(i * IOVEC_BYTES), i * MMSGHDR.bytes + MMSGHDR.iov);
      this.#headers.writeBigUInt64LE(1n, i * MMSGHDR.bytes + MMSGHDR.iovLength);
      offset += datagram.length;
    }
    const fds: number[] = [];
    this.#fds = fds;
    try {
      while (fds.length < sockets) fds.push(connected(libc, address));
    } catch (error) {
      for (const fd of fds) libc.close(fd);
      throw error;
    }
  }

  get refused(): ReadonlyMap<string, number> {
    return this.#refusals.byCode;
  }

  send(from: number, count: number, times: Uint32Array): number {
    const taken = this.#sendSome(from, count);
    for (let i = from; i < from + taken; i++) times[i] = (times[i] as number) + 1;
    return taken;
  }

  sendOne(datagram: Uint8Array): boolean {
    const bytes = Buffer.allocUnsafeSlow(datagram.length);
    bytes.set(datagram);
    const fd = this.#nextSocket();
    const [pointer, length] = [this.#libc.pointerTo(bytes), BigInt(bytes.length)];
    const taken = this.#libc.sendto(fd, pointer, length, FLAGS, 0n, 0);
    if (taken >= 0n) return true;
    return this.#hasRoomAgain(fd) && this.#libc.sendto(fd, pointer, length, FLAGS, 0n, 0) >= 0n;
  }

  close(): Promise<void> {
    for (const fd of this.#fds) this.#libc.close(fd);
    return Promise.resolve();
  }

  #sendSome(from: number, count: number): number {
    const burst = Math.min(count, DATAGRAMS_PER_CALL_MAX, this.#datagramCount - from);
    const fd = this.#nextSocket();
    const pointer = this.#headersPointer + BigInt(from * MMSGHDR.bytes);
    const taken = this.#libc.sendmmsg(fd, pointer, burst, FLAGS);
    if (taken >= 0) return taken;
    if (!this.#hasRoomAgain(fd)) return 0;
    return Math.max(0, this.#libc.sendmmsg(fd, pointer, burst, FLAGS));
  }

  #nextSocket(): number {
    this.#turn = (this.#turn + 1) % this.#fds.length;
    return this.#fds[this.#turn] as number;
  }

  /** After a call that answered -1: waits a little when there was no room, else counts the refusal. */
  #hasRoomAgain(fd: number): boolean {
    const error = new SystemCallError("sendmmsg", this.#libc.errno());
    if (!NO_ROOM.has(error.code)) {
      this.#refusals.add(error);
      return false;
    }
    this.#pollfd.writeInt32LE(fd, 0);
    this.#pollfd.writeInt32LE(POLLOUT, 4);
    return this.#libc.poll(this.#libc.pointerTo(this.#pollfd), 1n, WAIT_MS) > 0;
  }
}

function connected(libc: Libc, address: Buffer): number {
  const fd = checked(libc, "socket", libc.socket(familyOf(address), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const size = Buffer.allocUnsafeSlow(4);
  size.writeInt32LE(SEND_BUFFER_BYTES, 0);
  const place = Buffer.allocUnsafeSlow(address.length);
  place.set(address);
  try {
    checked(libc, "setsockopt", libc.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, libc.pointerTo(size), size.length));
    checked(libc, "connect", libc.connect(fd, libc.pointerTo(place), place.length));
  } catch (error) {
    libc.close(fd);
    throw error;
  }
  return fd;
}
