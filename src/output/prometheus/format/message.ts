const float = new Float64Array(1);
const floatBytes = new Uint8Array(float.buffer);

/** Writes a whole number from 0 on as a varint, from `at` on; answers its end. */
export function writeVarint(into: Uint8Array, at: number, value: number): number {
  let end = at;
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) into[end++] = (rest % 128) | 0x80;
  into[end++] = rest;
  return end;
}

/** Bytes that a number takes as a varint. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) length += 1;
  return length;
}

/** A protobuf message under construction, in memory that is used again. Tags are given as they stand on the wire. */
export class Message {
  #bytes = Buffer.allocUnsafeSlow(64);
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
    const bytes = Buffer.byteLength(text);
    this.tagged(tag, bytes).#room(bytes);
    this.length += this.#bytes.write(text, this.length, bytes);
    return this;
  }

  message(tag: number, inner: Message): this {
    return this.tagged(tag, inner.length).copy(inner.#bytes, 0, inner.length);
  }

  raw(bytes: Uint8Array): this {
    return this.copy(bytes, 0, bytes.length);
  }

  copy(bytes: Uint8Array, from: number, to: number): this {
    this.#room(to - from);
    for (let at = from; at < to; at += 1) this.#bytes[this.length++] = bytes[at] as number;
    return this;
  }

  /** Puts another number in the place of one that `double` wrote; `at` is where its tag stands, of one byte. */
  setDouble(at: number, value: number): void {
    float[0] = value + 0;
    for (let byte = 0; byte < 8; byte += 1) this.#bytes[at + 1 + byte] = floatBytes[byte] as number;
  }

  slice(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  /** From `start` on, where there is room for it; answers its end. */
  copyInto(into: Uint8Array, start: number): number {
    const { length } = this;
    const bytes = this.#bytes;
    for (let at = 0; at < length; at += 1) into[start + at] = bytes[at] as number;
    return start + length;
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
    const bigger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.length + more));
    bigger.set(this.#bytes);
    this.#bytes = bigger;
  }
}
