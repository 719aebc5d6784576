import type { StreamRejectReason } from "../../../src/model/reject.ts";
import { BLOCK_BYTES_MAX } from "../../../src/transport/stream/framer.ts";
import type { Cut, Framer, LineSink } from "../../../src/transport/stream/framer.ts";

/** What a framer handed over; bytes as latin1, one character each. */
export class RecordingSink implements LineSink {
  readonly blocks: string[] = [];
  readonly refused: { readonly reason: StreamRejectReason; readonly start: string }[] = [];
  readonly cuts: Cut[] = [];
  skipped = 0;

  take(bytes: Uint8Array): void {
    if (bytes.length === 0 || bytes.length > BLOCK_BYTES_MAX) throw new Error(`a block of ${bytes.length} bytes`);
    this.blocks.push(Buffer.from(bytes).toString("latin1"));
  }

  refuse(reason: StreamRejectReason, bytes: Uint8Array): void {
    this.refused.push({ reason, start: Buffer.from(bytes).toString("latin1") });
  }

  skip(byteCount: number): void {
    if (byteCount < 0) throw new Error(`skipped ${byteCount} bytes`);
    this.skipped += byteCount;
  }

  cut(cause: Cut): void {
    this.cuts.push(cause);
  }

  /** The lines of all blocks, in order. */
  get lines(): string[] {
    return this.blocks.flatMap((block) => block.replace(/\n$/, "").split("\n"));
  }

  get takenBytes(): number {
    return this.blocks.reduce((sum, block) => sum + block.length, 0);
  }

  get refusedBytes(): number {
    return this.refused.reduce((sum, { start }) => sum + start.length, 0);
  }
}

/** Pushes `bytes` in reads that end at `splits`. Each read is overwritten afterwards, as a socket's buffer may be. */
export function pushSplit(framer: Framer, sink: RecordingSink, bytes: Buffer, splits: readonly number[]): void {
  const ends = [...new Set([...splits, bytes.length])].filter((end) => end <= bytes.length).toSorted((a, b) => a - b);
  let at = 0;
  for (const end of ends) {
    if (sink.cuts.length > 0) return;
    const chunk = Buffer.from(bytes.subarray(at, end));
    framer.push(chunk);
    chunk.fill(0x21);
    at = end;
  }
}
