/** Protobuf on the wire: what the messages of remote write need of it, written into one buffer that grows. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;

const BYTES_FIRST = 4096;
/** UTF-8 takes at most three bytes for a UTF-16 unit; up to so many units the length of a text is one byte. */
const SHORT_UNITS_MAX = 42;

/** Below so many bytes, a loop copies faster than the runtime. */
const COPY_BYTES_MIN = 48;

function varintBytes(value: number): number {
  let bytes = 1;
  for (let left = value; left >= 128; left >>>= 7) bytes += 1;
  return bytes;
}

export class WireWriter {
  #buffer = Buffer.allocUnsafeSlow(BYTES_FIRST);
  length = 0;

  /** What was written; valid until the next write. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  tag(field: number, wire: number): void {
    this.varint((field << 3) | wire);
  }

  /** A whole number from 0 to 2^53 - 1. */
  varint(value: number): void {
    this.#reserve(8);
    if (value < 128) {
      this.#buffer[this.length++] = value;
      return;
    }
    let left = value;
    for (; left >= 128; left = Math.floor(left / 128)) this.#buffer[this.length++] = (left % 128) | 128;
    this.#buffer[this.length++] = left;
  }

  /** A whole number of either sign, zigzag: 0, -1, 1, -2 … become 0, 1, 2, 3 … */
  sint(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  double(value: number): void {
    this.#reserve(8);
    this.length = this.#buffer.writeDoubleLE(value, this.length);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** A field of the bytes at [from, to). */
  slice(field: number, bytes: Buffer, from: number, to: number): void {
    this.tag(field, BYTES);
    this.varint(to - from);
    this.#reserve(to - from);
    // A call into the runtime costs more than copying the few bytes of most labels here.
    if (to - from > COPY_BYTES_MIN) bytes.copy(this.#buffer, this.length, from, to);
    else for (let at = from; at < to; at += 1) this.#buffer[this.length + at - from] = bytes[at] as number;
    this.length += to - from;
  }

  /** A message of two byte fields, 1 and 2: a label's name and value. */
  pair(field: number, bytes: Buffer, keyFrom: number, keyTo: number, valueFrom: number, valueTo: number): void {
    const keyBytes = keyTo - keyFrom;
    const valueBytes = valueTo - valueFrom;
    this.tag(field, BYTES);
    this.varint(2 + varintBytes(keyBytes) + keyBytes + varintBytes(valueBytes) + valueBytes);
    this.slice(1, bytes, keyFrom, keyTo);
    this.slice(2, bytes, valueFrom, valueTo);
  }

  /** A field of bytes: a message, or packed numbers. */
  field(field: number, bytes: Uint8Array): void {
    this.tag(field, BYTES);
    this.varint(bytes.length);
    this.raw(bytes);
  }

  text(field: number, text: string): void {
    this.tag(field, BYTES);
    this.#reserve(8 + text.length * 3);
    if (text.length <= SHORT_UNITS_MAX) {
      const bytes = this.#buffer.write(text, this.length + 1);
      this.#buffer[this.length] = bytes;
      this.length += bytes + 1;
      return;
    }
    this.varint(Buffer.byteLength(text));
    this.length += this.#buffer.write(text, this.length);
  }

  #reserve(bytes: number): void {
    if (this.length + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.length + bytes));
    grown.set(this.bytes);
    this.#buffer = grown;
  }
}

/** One field of a message: its number, and where its content lies. `value` is that of a varint field. */
export interface WireField {
  readonly field: number;
  readonly wire: number;
  /** Where the field begins, with its tag. */
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;
  readonly value: number;
}

/** The fields of a message that this program wrote itself: nothing is checked. */
export function* fieldsOf(bytes: Uint8Array): Generator<WireField, void, void> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1, byte = 128; byte >= 128; factor *= 128) {
      byte = bytes[at++] as number;
      value += (byte & 127) * factor;
    }
    return value;
  };
  while (at < bytes.length) {
    const start = at;
    const tag = varint();
    const wire = tag & 7;
    const value = wire === FIXED64 ? 8 : varint();
    const contentStart = at;
    if (wire !== VARINT) at += value;
    yield { field: tag >>> 3, wire, start, contentStart, end: at, value };
  }
}

/** The numbers of a packed field of varints. */
export function packedVarints(bytes: Uint8Array): number[] {
  const values: number[] = [];
  let value = 0;
  let factor = 1;
  for (const byte of bytes) {
    value += (byte & 127) * factor;
    factor *= 128;
    if (byte >= 128) continue;
    values.push(value);
    value = 0;
    factor = 1;
  }
  return values;
}
