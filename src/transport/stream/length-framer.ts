import type { Framer, LineSink } from "./framer.ts";
import { LineFramer } from "./line-framer.ts";

/** Bytes of a frame's length. */
export const HEADER_BYTES = 4;

/**
 * DogStatsD over a Unix stream: each packet is preceded by its length, 32 bits, little-endian (protocol 1.4 of the
 * Datadog Agent's `uds_common.go`).
 *
 *     0b 00 00 00 a:1|c\nb:2|c 05 00 00 00 c:3|c
 *     ^^^^^^^^^^^ 11                               length
 *                 ^^^^^^^^^^^^                     lines; the last one needs no line feed
 *
 * A frame that is whole in one read is one block, without a copy. Of a torn one, the whole lines are handed over at
 * once, so that a connection never holds more than one line.
 */
export class LengthFramer implements Framer {
  readonly #sink: LineSink;
  readonly #lines: LineFramer;
  readonly #lineBytesMax: number;
  readonly #frameBytesMax: number;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerLength = 0;
  /** What is still to come of the frame. */
  #left = 0;
  #isCut = false;

  constructor(sink: LineSink, lineBytesMax: number, frameBytesMax: number) {
    this.#sink = sink;
    this.#lines = new LineFramer(sink, lineBytesMax);
    this.#lineBytesMax = lineBytesMax;
    this.#frameBytesMax = frameBytesMax;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.#isCut) {
      at = this.#left === 0 ? this.#readHeader(chunk, at) : this.#readFrame(chunk, at);
    }
  }

  end(): void {
    if (this.#isCut) return;
    if (this.#left > 0 && !this.#lines.isAtStart) this.#lines.end();
    else if (this.#left > 0 || this.#headerLength > 0) {
      this.#sink.refuse("stream_cut", this.#header.subarray(0, this.#headerLength));
    }
    [this.#left, this.#headerLength] = [0, 0];
  }

  #readHeader(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + HEADER_BYTES - this.#headerLength);
    chunk.copy(this.#header, this.#headerLength, at, end);
    this.#headerLength += end - at;
    if (this.#headerLength < HEADER_BYTES) return end;
    const length = this.#header.readUInt32LE(0);
    if (length > this.#frameBytesMax) {
      this.#isCut = true;
      this.#sink.refuse("frame_length", this.#header);
      this.#sink.skip(chunk.length - end);
      this.#sink.cut("connections_frame_cut");
    }
    this.#headerLength = 0;
    this.#left = length;
    return end;
  }

  #readFrame(chunk: Buffer, at: number): number {
    const part = chunk.subarray(at, at + this.#left);
    this.#left -= part.length;
    if (this.#left === 0 && part.length <= this.#lineBytesMax && this.#lines.isAtStart) this.#sink.take(part);
    else {
      this.#lines.push(part);
      if (this.#left === 0) this.#lines.finish();
    }
    return at + part.length;
  }
}
