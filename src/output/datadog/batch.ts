/** Items one after the other, with the route's separator between them. */
export interface Batch {
  readonly bytes: Uint8Array;
  /** Size of each item, without separators. */
  readonly itemBytes: Uint32Array;
}

const BYTES_FIRST = 64 * 1024;
/** UTF-8 takes at most three bytes for a UTF-16 unit. */
const BYTES_PER_CHAR_MAX = 3;

/** Gathers items in one buffer that grows, because a buffer per item would cost more than writing it. */
export class BatchWriter {
  readonly #separator: Uint8Array;
  #buffer = Buffer.allocUnsafe(BYTES_FIRST);
  #used = 0;
  #itemBytes: number[] = [];

  constructor(separator: Uint8Array) {
    this.#separator = separator;
  }

  get length(): number {
    return this.#itemBytes.length;
  }

  get bytes(): number {
    return this.#used;
  }

  add(item: string | Uint8Array): void {
    const isText = typeof item === "string";
    this.#reserve(this.#separator.length + item.length * (isText ? BYTES_PER_CHAR_MAX : 1));
    if (this.#itemBytes.length > 0) {
      this.#buffer.set(this.#separator, this.#used);
      this.#used += this.#separator.length;
    }
    let written = item.length;
    if (isText) written = this.#buffer.write(item, this.#used);
    else this.#buffer.set(item, this.#used);
    this.#used += written;
    this.#itemBytes.push(written);
  }

  /** What was gathered, for the caller to keep; the writer starts anew. */
  take(): Batch {
    const batch = { bytes: this.#buffer.subarray(0, this.#used), itemBytes: Uint32Array.from(this.#itemBytes) };
    this.#buffer = Buffer.allocUnsafe(Math.max(BYTES_FIRST, this.#used));
    this.#used = 0;
    this.#itemBytes = [];
    return batch;
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#used + bytes));
    grown.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = grown;
  }
}

/** The two halves of a batch of at least two items; they share its memory. */
export function halves(batch: Batch, separatorBytes: number): readonly [Batch, Batch] {
  const { bytes, itemBytes } = batch;
  const middle = itemBytes.length >> 1;
  const left = itemBytes.slice(0, middle);
  const leftBytes = left.reduce((sum, each) => sum + each, 0) + separatorBytes * (middle - 1);
  return [
    { bytes: bytes.subarray(0, leftBytes), itemBytes: left },
    { bytes: bytes.subarray(leftBytes + separatorBytes), itemBytes: itemBytes.slice(middle) },
  ];
}
