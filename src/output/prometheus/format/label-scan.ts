import type { LabelBytes } from "./encoder.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const EQUALS = 0x3d;
const LOWER_N = 0x6e;
const LINE_FEED = 0x0a;
/** Numbers kept of a label: where its key and its value begin and end. */
const PARTS = 4;

/**
 * Finds the labels in their text, for formats that show keys and values without quotes and escapes:
 *
 *     a="1","b.c"="say \\"x\\""
 *     ^  ^   ^^^   ^^^^^^^^^      keys and values; what has escapes is written out beside
 */
export class LabelScan {
  #parts = new Uint32Array(PARTS * 16);
  /** What each part refers to: the text, or the buffer of what had escapes. */
  #escaped = new Uint8Array(2 * 16);
  #plain = new Uint8Array(1024);
  #plainEnd = 0;
  #bytes = new Uint8Array(0);
  #at = 0;
  count = 0;

  scan({ bytes, from, to }: LabelBytes): void {
    this.#bytes = bytes as Uint8Array<ArrayBuffer>;
    this.#at = from;
    this.#plainEnd = 0;
    this.count = 0;
    if (to - from > this.#plain.length) this.#plain = new Uint8Array((to - from) * 2);
    while (this.#at < to) {
      const part = this.count * 2;
      if (part + 2 > this.#escaped.length) this.#grow();
      if (bytes[this.#at] === QUOTE) this.#quoted(part);
      else this.#bare(part);
      this.#at += 1;
      this.#quoted(part + 1);
      this.#at += 1;
      this.count += 1;
    }
  }

  /** Bytes of part `part`: 2 × label + 0 for its key, + 1 for its value. */
  length(part: number): number {
    return (this.#parts[part * 2 + 1] as number) - (this.#parts[part * 2] as number);
  }

  /** Hands a part's bytes over. */
  copy(part: number, into: { copy(bytes: Uint8Array, from: number, to: number): void }): void {
    const bytes = this.#escaped[part] === 1 ? this.#plain : this.#bytes;
    into.copy(bytes, this.#parts[part * 2] as number, this.#parts[part * 2 + 1] as number);
  }

  text(part: number): string {
    const bytes = this.#escaped[part] === 1 ? this.#plain : this.#bytes;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
      "utf8",
      this.#parts[part * 2],
      this.#parts[part * 2 + 1],
    );
  }

  #bare(part: number): void {
    const bytes = this.#bytes;
    let end = this.#at;
    while (bytes[end] !== EQUALS) end += 1;
    this.#keep(part, this.#at, end, false);
    this.#at = end;
  }

  /** From the opening quote to behind the closing one. */
  #quoted(part: number): void {
    const bytes = this.#bytes;
    const from = this.#at + 1;
    let end = from;
    while (bytes[end] !== QUOTE && bytes[end] !== BACKSLASH) end += 1;
    if (bytes[end] === QUOTE) this.#keep(part, from, end, false);
    else end = this.#unescape(part, from);
    this.#at = end + 1;
  }

  #unescape(part: number, from: number): number {
    const bytes = this.#bytes;
    const plainFrom = this.#plainEnd;
    let at = from;
    for (; bytes[at] !== QUOTE; at += 1) {
      let byte = bytes[at] as number;
      if (byte === BACKSLASH) {
        at += 1;
        byte = bytes[at] === LOWER_N ? LINE_FEED : (bytes[at] as number);
      }
      this.#plain[this.#plainEnd++] = byte;
    }
    this.#keep(part, plainFrom, this.#plainEnd, true);
    return at;
  }

  #keep(part: number, from: number, to: number, escaped: boolean): void {
    this.#parts[part * 2] = from;
    this.#parts[part * 2 + 1] = to;
    this.#escaped[part] = escaped ? 1 : 0;
  }

  #grow(): void {
    const parts = new Uint32Array(this.#parts.length * 2);
    parts.set(this.#parts);
    this.#parts = parts;
    const escaped = new Uint8Array(this.#escaped.length * 2);
    escaped.set(this.#escaped);
    this.#escaped = escaped;
  }
}
