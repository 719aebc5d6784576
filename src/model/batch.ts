/** Where a batch of received messages lies in the core's linear memory; offsets and sizes in bytes. */
export interface BatchPlace {
  /** One `struct mmsghdr` of 64 bytes a message (`core/assembly/batch.ts` says what is read of it). */
  readonly headers: number;
  /** The messages' bytes, one every `slotStride`. */
  readonly slots: number;
  readonly slotStride: number;
  /** The senders' socket addresses, one every `nameBytes`. */
  readonly names: number;
  readonly nameBytes: number;
}

/**
 * `struct mmsghdr` of 64-bit Linux (man 2 recvmmsg), by offset in bytes. It ends with four bytes of padding, where the core writes
 * how many lines the message had.
 */
export const MMSGHDR = {
  bytes: 64,
  name: 0,
  nameLength: 8,
  iov: 16,
  iovLength: 24,
  control: 32,
  controlLength: 40,
  flags: 48,
  length: 56,
  lines: 60,
} as const;

/** How many bytes a received message has. `view` is of the whole memory in which the batch lies. */
export function messageLength(view: DataView, { headers }: BatchPlace, message: number): number {
  return view.getUint32(headers + message * MMSGHDR.bytes + MMSGHDR.length, true);
}
