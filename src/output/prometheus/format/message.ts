import type { Page } from "./page.ts";

const encoder = new TextEncoder();
const float = new Float64Array(1);
const floatBytes = new Uint8Array(float.buffer);

/** Bytes that a number takes as a varint. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) length += 1;
  return length;
}

/** A protobuf message under construction, in memory that is used again. Tags are given as they stand on the wire. */
export class Message {
  #bytes = new Uint8Array(64);
  length = 0;

  clear(): this {
    this.length = 0;
    return this;
  }

  /** A whole number from 0 on; `width` pads it, which readers accept, to a known length. */
  varint(value: number, width = 1): this {
    this.#room(10);
    let rest = value;
    let written = 1;
    for (; rest > 0x7f || written < width; written += 1) {
      this.#bytes[this.length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.length++] = rest;
    return this;
  }

  tagged(tag: number, value: number, width = 1): this {
    return this.#tag(tag).varint(value, width);
  }

  /** -0 is written as 0, as text does. */
  double(tag: number, value: number): this {
    float[0] = value + 0;
    return this.#tag(tag).raw(floatBytes);
  }

  text(tag: number, text: string): this {
    const bytes = encoder.encode(text);
    return this.tagged(tag, bytes.length).raw(bytes);
  }

  message(tag: number, inner: Message): this {
    this.tagged(tag, inner.length);
    this.#room(inner.length);
    for (let at = 0; at < inner.length; at += 1) this.#bytes[this.length + at] = inner.#bytes[at] as number;
    this.length += inner.length;
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.#room(bytes.length);
    for (let at = 0; at < bytes.length; at += 1) this.#bytes[this.length + at] = bytes[at] as number;
    this.length += bytes.length;
    return this;
  }

  slice(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  copyTo(page: Page): void {
    page.copy(this.#bytes, 0, this.length);
  }

  /** One byte for fields up to 15, else two, given as (first << 8 | second). */
  #tag(tag: number): this {
    this.#room(2);
    if (tag > 0xff) this.#bytes[this.length++] = tag >> 8;
    this.#bytes[this.length++] = tag & 0xff;
    return this;
  }

  #room(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const bigger = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + more));
    bigger.set(this.#bytes);
    this.#bytes = bigger;
  }
}
