import { EXAMPLE_BYTES_MAX, SKIPPED_BYTES_MAX } from "./framer.ts";
import type { Framer, LineSink } from "./framer.ts";

const LF = 0x0a;
const EMPTY = Buffer.alloc(0);
const PIECE_BYTES_MIN = 512;

/**
 * Lines that end in a line feed.
 *
 *     a:1|c\nb:2|c\nc:3      the end of this read lies inside a line
 *     ^^^^^^^^^^^^           one block, straight out of the read
 *                 ^^^        a piece: kept, and joined with what comes before the next line feed
 *
 * A line longer than `lineBytesMax` is refused once and read to its end without being kept; the lines behind it count
 * again, because one long event should not cost a client its connection. What each line becomes does not depend on
 * where the reads were torn.
 */
export class LineFramer implements Framer {
  readonly #sink: LineSink;
  readonly #lineBytesMax: number;
  /** The start of a line, in the first `#pieceLength` bytes. */
  #piece: Buffer = EMPTY;
  #pieceLength = 0;
  /** Bytes thrown away of the line that is being skipped; -1 while none is. */
  #skipped = -1;

  /** `lineBytesMax` is without the line feed: `EXAMPLE_BYTES_MAX` to `BLOCK_BYTES_MAX` - 1. */
  constructor(sink: LineSink, lineBytesMax: number) {
    this.#sink = sink;
    this.#lineBytesMax = lineBytesMax;
  }

  /** Is the next byte the first of a line? */
  get isAtStart(): boolean {
    return this.#pieceLength === 0 && this.#skipped < 0;
  }

  push(chunk: Buffer): void {
    let at = this.isAtStart ? 0 : this.#finishLine(chunk);
    while (at < chunk.length) {
      // The last line feed that the limit lets see: all lines up to it are short enough, found by one search.
      const lineFeed = chunk.lastIndexOf(LF, at + this.#lineBytesMax);
      if (lineFeed >= at) {
        this.#sink.take(chunk.subarray(at, lineFeed + 1));
        at = lineFeed + 1;
      } else if (chunk.length - at <= this.#lineBytesMax) {
        this.#keep(chunk.subarray(at));
        return;
      } else {
        const example = chunk.subarray(at, at + EXAMPLE_BYTES_MAX);
        this.#refuseLong(example);
        at = this.#skip(chunk, at + example.length);
      }
    }
  }

  /** The line that has begun ends here without a line feed, as the last one of a frame does. */
  finish(): void {
    if (this.#pieceLength > 0) this.#sink.take(this.#piece.subarray(0, this.#pieceLength));
    this.#forget();
    this.#skipped = -1;
  }

  /** Nobody knows what is missing of the line that has begun, so it is not used. */
  end(): void {
    if (this.#pieceLength > 0) this.#sink.refuse("stream_cut", this.#piece.subarray(0, this.#pieceLength));
    this.#forget();
  }

  /** Goes on with the line that an earlier read began; answers where the next one starts. */
  #finishLine(chunk: Buffer): number {
    if (this.#skipped >= 0) return this.#skip(chunk, 0);
    const room = this.#lineBytesMax - this.#pieceLength;
    const lineFeed = chunk.subarray(0, room + 1).indexOf(LF);
    if (lineFeed >= 0) {
      this.#keep(chunk.subarray(0, lineFeed + 1));
      this.finish();
      return lineFeed + 1;
    }
    if (chunk.length <= room) {
      this.#keep(chunk);
      return chunk.length;
    }
    const missing = Math.max(0, EXAMPLE_BYTES_MAX - this.#pieceLength);
    const used = chunk.subarray(0, missing);
    this.#keep(used);
    this.#refuseLong(this.#piece.subarray(0, EXAMPLE_BYTES_MAX));
    this.#sink.skip(this.#pieceLength - EXAMPLE_BYTES_MAX);
    this.#forget();
    return this.#skip(chunk, used.length);
  }

  #refuseLong(example: Buffer): void {
    this.#sink.refuse("line_too_long", example);
    this.#skipped = 0;
  }

  /** Throws away what belongs to the long line; answers where the next one starts. */
  #skip(chunk: Buffer, at: number): number {
    const lineFeed = chunk.indexOf(LF, at);
    const end = lineFeed < 0 ? chunk.length : lineFeed + 1;
    this.#sink.skip(end - at);
    this.#skipped = lineFeed < 0 ? this.#skipped + end - at : -1;
    if (this.#skipped > SKIPPED_BYTES_MAX) this.#sink.cut("connections_line_cut");
    return end;
  }

  /** Appends to the piece. Its buffer grows with the line, and no further than the longest line and its line feed. */
  #keep(bytes: Buffer): void {
    const length = this.#pieceLength + bytes.length;
    if (length > this.#piece.length) {
      const room = Math.min(Math.max(2 * length, PIECE_BYTES_MIN), this.#lineBytesMax + 1);
      const grown = Buffer.allocUnsafeSlow(room);
      this.#piece.copy(grown, 0, 0, this.#pieceLength);
      this.#piece = grown;
    }
    bytes.copy(this.#piece, this.#pieceLength);
    this.#pieceLength = length;
  }

  /** A large buffer is given back: a thousand connections would hold a thousand of them for lines that are over. */
  #forget(): void {
    this.#pieceLength = 0;
    if (this.#piece.length > 4 * PIECE_BYTES_MIN) this.#piece = EMPTY;
  }
}
