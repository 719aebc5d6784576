import type { Page } from "./encoder.ts";

/** Most bytes in one piece of a page. */
export const PIECE_BYTES_MAX = 256 * 1024;
/** A UTF-16 unit takes at most three bytes of UTF-8, so a piece that is cut here keeps the limit. */
const PIECE_UNITS = 64 * 1024;

/** Gathers text and cuts it into UTF-8 pieces, so that no page is ever one string. */
export class PieceBuffer implements Page {
  #text = "";
  #pieces: Uint8Array[] = [];

  add(text: string): void {
    this.#text += text;
    if (this.#text.length >= PIECE_UNITS) this.#cut();
  }

  /** True when `take` has something to give. */
  get ready(): boolean {
    return this.#pieces.length > 0;
  }

  /** The pieces so far, which the caller owns; with `last` also what is not a full piece yet. */
  take(last = false): Uint8Array[] {
    if (last && this.#text !== "") this.#cut();
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  #cut(): void {
    const bytes = Buffer.from(this.#text, "utf8");
    this.#text = "";
    for (let start = 0; start < bytes.length; start += PIECE_BYTES_MAX) {
      this.#pieces.push(bytes.subarray(start, start + PIECE_BYTES_MAX));
    }
  }
}
