import { valueText } from "../float.ts";

/** Most bytes in one piece of a page. */
export const PIECE_BYTES_MAX = 256 * 1024;
/** A piece stays as it is until so many further ones have been asked for: they may be on their way at the same time. */
export const PIECES_HELD = 8;
/** Longest text that is copied byte by byte, which is faster than a call for short ones. */
const SHORT_BYTES = 256;
const DIGITS_MAX = 16;
const encoder = new TextEncoder();
const digits = new Uint8Array(DIGITS_MAX);

/**
 * Where encoders write: bytes, cut into pieces of one size. The pieces' memory is used again, so a page of any size takes a
 * few of them, and writing a number or a text that lies in memory makes no garbage.
 */
export class Page {
  #bytes = new Uint8Array(PIECE_BYTES_MAX);
  #at = 0;
  #full: Uint8Array<ArrayBuffer>[] = [];
  readonly #given: Uint8Array<ArrayBuffer>[] = [];
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];

  /** True when `take` has something to give. */
  get ready(): boolean {
    return this.#full.length > 0;
  }

  /**
   * The pieces so far, with `last` also what is not a full piece yet. Each is the caller's until `PIECES_HELD` further ones
   * have been asked for; then its memory is used again. Call it again only when all that it gave have been asked for.
   */
  take(last = false): Uint8Array<ArrayBuffer>[] {
    while (this.#given.length >= PIECES_HELD) this.#spare.push(this.#given.shift() as Uint8Array<ArrayBuffer>);
    const pieces = this.#full;
    this.#given.push(...pieces);
    this.#full = [];
    if (last && this.#at > 0) {
      const rest = this.#bytes.subarray(0, this.#at);
      this.#given.push(this.#bytes);
      this.#renew();
      return [...pieces, rest];
    }
    return pieces;
  }

  byte(value: number): void {
    if (this.#at === PIECE_BYTES_MAX) this.#next();
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
    if (length > SHORT_BYTES || this.#at + length > PIECE_BYTES_MAX) return this.#encode(text);
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
    const bytes = encoder.encode(text);
    this.copy(bytes, 0, bytes.length);
  }

  #copyOver(bytes: Uint8Array, from: number, to: number): void {
    for (let at = from; at < to;) {
      if (this.#at === PIECE_BYTES_MAX) this.#next();
      const end = Math.min(to, at + PIECE_BYTES_MAX - this.#at);
      this.#bytes.set(bytes.subarray(at, end), this.#at);
      this.#at += end - at;
      at = end;
    }
  }

  #next(): void {
    this.#full.push(this.#bytes);
    this.#renew();
  }

  #renew(): void {
    this.#bytes = this.#spare.pop() ?? new Uint8Array(PIECE_BYTES_MAX);
    this.#at = 0;
  }
}
