import { messageLength } from "../../model/batch.ts";
import { POLLIN, checked } from "../libc.ts";
import type { Libc } from "../libc.ts";
import { decodeInetAddress, encodeInetAddress } from "../sockaddr.ts";
import { createBatchMemory } from "./plain-sink.ts";
import { BatchRing } from "./ring.ts";
import { bindUdp } from "./socket.ts";

/** One byte, a full Ethernet frame, and what no frame holds. */
const LENGTHS = [1, 1_432, 9_000];
const HOST = "127.0.0.1";
const WAIT_MS = 500;

/**
 * Sends itself datagrams over the loopback and compares what arrives, byte for byte, with its sender. Answers what went
 * wrong, undefined when all is well. Structures that are not as expected show here, and not in production.
 */
export async function testBatches(libc: Libc): Promise<string | undefined> {
  const fds: number[] = [];
  try {
    const receiver = await bindUdp(libc, { host: HOST, port: 0, reusePort: false, receiveBufferBytes: 0 });
    fds.push(receiver.fd);
    const sender = await bindUdp(libc, { host: HOST, port: 0, reusePort: false, receiveBufferBytes: 0 });
    fds.push(sender.fd);
    const sent = LENGTHS.map((length, index) => Buffer.alloc(length, 0x61 + index));
    sendAll(libc, sender.fd, receiver.bound.port, sent);
    return compare(libc, receiver.fd, sent, sender.bound.port);
  } catch (error) {
    return (error as Error).message;
  } finally {
    for (const fd of fds) libc.close(fd);
  }
}

function sendAll(libc: Libc, fd: number, port: number, datagrams: readonly Buffer[]): void {
  const address = encodeInetAddress(HOST, port);
  for (const bytes of datagrams) {
    const length = BigInt(bytes.length);
    checked(libc, "sendto", libc.sendto(fd, libc.pointerTo(bytes), length, 0, libc.pointerTo(address), address.length));
  }
}

function compare(libc: Libc, fd: number, sent: readonly Buffer[], port: number): string | undefined {
  const memory = createBatchMemory();
  const ring = new BatchRing(libc, memory);
  const pollFd = Buffer.alloc(8);
  pollFd.writeInt32LE(fd, 0);
  pollFd.writeInt16LE(POLLIN, 4);
  checked(libc, "poll", libc.poll(libc.pointerTo(pollFd), 1n, WAIT_MS));
  const received = ring.receive(fd);
  if (received !== sent.length) return `of ${sent.length} datagrams it received ${received}`;
  const { slots, slotStride, names, nameBytes } = ring.place;
  const { heap } = memory;
  for (const [index, bytes] of sent.entries()) {
    const length = messageLength(new DataView(heap.buffer), ring.place, index);
    const start = slots + index * slotStride;
    if (!bytes.equals(heap.subarray(start, start + length)))
      return `a datagram of ${bytes.length} bytes came in different`;
    const { host, port: from } = decodeInetAddress(heap, names + index * nameBytes);
    if (host !== HOST || from !== port) return `a datagram of ${HOST}:${port} seemed to come from ${host}:${from}`;
  }
  return undefined;
}
