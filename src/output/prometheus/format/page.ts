import { valueText } from "../float.ts";

/** Most bytes in one piece of a page. */
export const PIECE_BYTES_MAX = 256 * 1024;
/** A piece stays as it is until so many further ones have been asked for: they may be on their way at the same time. */
export const PIECES_HELD = 8;
/** Longest bytes that are copied one by one, and longest text: a call is faster for longer ones. */
const SHORT_BYTES = 256;
const SHORT_TEXT = 24;
/** Most bytes that a unit of a text takes. */
export const UTF8_BYTES_MAX = 3;
const DIGITS_MAX = 16;
const digits = new Uint8Array(DIGITS_MAX);

/**
 * Where encoders write: bytes, cut into pieces of one size. The pieces' memory is used again, so a page of any size takes a
 * few of them, and writing a number or a text that lies in memory makes no garbage.
 */
export class Page {
  #bytes = newPiece();
  #at = 0;
  openAt = 0;
  /** For what would not fit into the rest of a piece. */
  #beside = Buffer.allocUnsafeSlow(1024);
  #opened = this.#beside;
  #full: Buffer<ArrayBuffer>[] = [];
  readonly #given: Buffer<ArrayBuffer>[] = [];
  readonly #spare: Buffer<ArrayBuffer>[] = [];

  /** True when `take` has something to give. */
  get ready(): boolean {
    return this.#full.length > 0;
  }

  /**
   * The pieces so far, with `last` also what is not a full piece yet. Each is the caller's until `PIECES_HELD` further ones
   * have been asked for; then its memory is used again. Call it again only when all that it gave have been asked for.
   */
  take(last = false): Buffer<ArrayBuffer>[] {
    for (const done of this.#given.splice(0, this.#given.length - PIECES_HELD + 1)) this.#spare.push(wholeOf(done));
    if (last) this.#cut();
    const pieces = this.#full;
    this.#given.push(...pieces);
    this.#full = [];
    return pieces;
  }

  /** Moves everything that stands on another page to the end of this one, without a copy. */
  append(other: Page): void {
    this.#cut();
    this.#full.push(...other.take(true));
    other.#given.length = 0;
  }

  /**
   * Memory for `length` bytes, to be filled from `openAt` on before anything else is written; `close` puts them, or the first
   * of them, on the page. For encoders that write many short things in a row.
   */
  open(length: number): Buffer {
    const fits = this.#at + length <= PIECE_BYTES_MAX;
    if (!fits && length > this.#beside.length) this.#beside = Buffer.allocUnsafeSlow(length * 2);
    this.#opened = fits ? this.#bytes : this.#beside;
    this.openAt = fits ? this.#at : 0;
    return this.#opened;
  }

  close(length: number): void {
    if (this.#opened === this.#bytes) this.#at += length;
    else this.copy(this.#beside, 0, length);
  }

  byte(value: number): void {
    if (this.#at === PIECE_BYTES_MAX) this.#cut();
    this.#bytes[this.#at++] = value;
  }

  copy(bytes: Uint8Array, from: number, to: number): void {
    const length = to - from;
    if (this.#at + length > PIECE_BYTES_MAX) return this.#copyOver(bytes, from, to);
    const into = this.#bytes;
    const at = this.#at;
    if (length > SHORT_BYTES) into.set(bytes.subarray(from, to), at);
    else for (let index = 0; index < length; index += 1) into[at + index] = bytes[from + index] as number;
    this.#at = at + length;
  }

  text(text: string): void {
    const { length } = text;
    if (length > SHORT_TEXT || this.#at + length > PIECE_BYTES_MAX) return this.#encode(text);
    for (let index = 0; index < length; index += 1) {
      const unit = text.charCodeAt(index);
      if (unit > 0x7f) return this.#encode(text);
      this.#bytes[this.#at + index] = unit;
    }
    this.#at += length;
  }

  /** A number as the text formats write it. */
  number(value: number): void {
    if (!Number.isInteger(value) || value < 0 || value >= 1e15) return this.text(valueText(value));
    let first = DIGITS_MAX;
    let rest = value;
    // Above 2^31 the division is one of floats, which is exact here and slower.
    for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 10)) digits[--first] = 48 + (rest % 10);
    let small = rest | 0;
    do {
      const tenth = (small / 10) | 0;
      digits[--first] = 48 + small - tenth * 10;
      small = tenth;
    } while (small > 0);
    this.copy(digits, first, DIGITS_MAX);
  }

  /** A whole number from 0 on as a protobuf varint. */
  varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.byte((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  #encode(text: string): void {
    const bytesMax = text.length * UTF8_BYTES_MAX;
    this.close(this.open(bytesMax).write(text, this.openAt, bytesMax));
  }

  #copyOver(bytes: Uint8Array, from: number, to: number): void {
    for (let at = from; at < to;) {
      if (this.#at === PIECE_BYTES_MAX) this.#cut();
      const end = Math.min(to, at + PIECE_BYTES_MAX - this.#at);
      this.#bytes.set(bytes.subarray(at, end), this.#at);
      this.#at += end - at;
      at = end;
    }
  }

  /** Begins a new piece, where there is something in this one. */
  #cut(): void {
    if (this.#at === 0) return;
    this.#full.push(this.#bytes.subarray(0, this.#at));
    this.#bytes = this.#spare.pop() ?? newPiece();
    this.#at = 0;
  }
}

function newPiece(): Buffer<ArrayBuffer> {
  return Buffer.allocUnsafeSlow(PIECE_BYTES_MAX);
}

/** The memory of a piece that may have been cut short. */
function wholeOf(piece: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  return Buffer.from(piece.buffer);
}
