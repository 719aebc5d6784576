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
