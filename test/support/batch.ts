/** A batch as `recvmmsg` leaves it in memory: headers of 64 bytes with length and lines, names of 128 bytes. */
export interface Message {
  /** The bytes of a `sockaddr`; none where the kernel told no sender. */
  readonly name: readonly number[];
  readonly bytes: number;
  readonly lines: number;
}

export interface Batch {
  readonly memory: DataView;
  readonly headersOffset: number;
  readonly namesOffset: number;
  readonly count: number;
}

export function batchOf(messages: readonly Message[]): Batch {
  const headersOffset = 192;
  const namesOffset = headersOffset + 64 * messages.length;
  const memory = new DataView(new ArrayBuffer(namesOffset + 128 * messages.length));
  for (const [index, { name, bytes, lines }] of messages.entries()) {
    memory.setUint32(headersOffset + 64 * index + 56, bytes, true);
    memory.setUint32(headersOffset + 64 * index + 60, lines, true);
    new Uint8Array(memory.buffer).set(name, namesOffset + 128 * index);
  }
  return { memory, headersOffset, namesOffset, count: messages.length };
}

/** `struct sockaddr_in`: family in host order, port and address in network order. */
export function sockaddrIn(a: number, b: number, c: number, d: number, port = 40_000): number[] {
  return [2, 0, port >> 8, port & 255, a, b, c, d];
}

/** `struct sockaddr_in6`; `address` has 16 bytes. */
export function sockaddrIn6(address: readonly number[], port = 40_000): number[] {
  return [10, 0, port >> 8, port & 255, 0, 0, 0, 0, ...address, 0, 0, 0, 0];
}
