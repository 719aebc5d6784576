import { HEADER_BYTES, LengthFramer } from "./length-framer.ts";
import { LineFramer } from "./line-framer.ts";
import type { Framer, LineSink } from "./framer.ts";

/**
 * Finds out how a client of a Unix stream frames its lines, from the connection's first four bytes:
 *
 *     05 00 00 00   a length: those that are allowed are below 2^24, so that one byte at least is zero
 *     a  :  1  |    text: no byte is zero
 *     00 00 00 05   zero bytes, and no allowed length (big-endian, say): the connection is closed, not read as text
 */
export class UnixFramer implements Framer {
  readonly #sink: LineSink;
  readonly #lineBytesMax: number;
  readonly #frameBytesMax: number;
  #start: Buffer = Buffer.alloc(0);
  #framer: Framer | undefined;

  constructor(sink: LineSink, lineBytesMax: number, frameBytesMax: number) {
    this.#sink = sink;
    this.#lineBytesMax = lineBytesMax;
    this.#frameBytesMax = frameBytesMax;
  }

  push(chunk: Buffer): void {
    if (this.#framer !== undefined) {
      this.#framer.push(chunk);
      return;
    }
    const start = this.#start.length === 0 ? chunk : Buffer.concat([this.#start, chunk]);
    if (start.length >= HEADER_BYTES) this.#choose(start);
    // A copy, because a read is valid only during the call.
    else this.#start = Buffer.from(start);
  }

  end(): void {
    if (this.#framer === undefined && this.#start.length > 0) this.#choose(this.#start);
    this.#framer?.end();
  }

  #choose(start: Buffer): void {
    const isLength = start.subarray(0, HEADER_BYTES).includes(0);
    this.#framer = isLength
      ? new LengthFramer(this.#sink, this.#lineBytesMax, this.#frameBytesMax)
      : new LineFramer(this.#sink, this.#lineBytesMax);
    this.#framer.push(start);
  }
}
