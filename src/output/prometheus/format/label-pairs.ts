import type { LabelBytes } from "./encoder.ts";
import { LabelScan } from "./label-scan.ts";
import { Message, varintLength } from "./message.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const EQUALS = 0x3d;
/** Fields of LabelPair, and of Metric those. */
const NAME = 0x0a;
const VALUE = 0x12;
const LABEL = 0x0a;
/** Bytes that stand around a key and value in text, with a comma: `="",`; and in protobuf, where lengths are one byte each. */
const AROUND_IN_TEXT = 4;
const AROUND_IN_PAIR = 6;
const ONE_BYTE_MAX = 0x7f;

/**
 * The number of labels in a text, where they are plain: no key in quotes, no escape, and none that takes more than a byte for a length
 * in protobuf. Nearly all are. Undefined where one is not, or there are more than `most`.
 *
 *     a="1",b="22"                                      4 bytes around each key and value, but for the last comma
 *     0a 06 0a 01 61 12 01 31 0a 07 0a 01 62 12 02 …    6 bytes around them, so the length is known without a look
 */
export function countPlain(bytes: Uint8Array, from: number, to: number, most: number): number | undefined {
  let count = 0;
  for (let at = from; at < to; count += 1) {
    const start = at;
    if (bytes[at] === QUOTE) return undefined;
    while (bytes[at] !== EQUALS) at += 1;
    for (at += 2; bytes[at] !== QUOTE; at += 1) if (bytes[at] === BACKSLASH) return undefined;
    at += 2;
    // Behind the pair's own tag and length as many bytes stand around as in text.
    if (at - start > ONE_BYTE_MAX || count === most) return undefined;
  }
  return count;
}

/** Writes labels as the LabelPairs of a Metric. */
export class LabelPairs {
  readonly #scan = new LabelScan();
  readonly #pairs = new Message();

  /** Bytes that `write` will write. */
  length(labels: LabelBytes): number {
    const { plain, from, to } = labels;
    if (plain === undefined) return this.#measure(labels);
    return plain === 0 ? 0 : to - from + 1 + plain * (AROUND_IN_PAIR - AROUND_IN_TEXT);
  }

  /** From `at` on, where there is room for all of it; answers its end. */
  write(into: Uint8Array, at: number, labels: LabelBytes): number {
    if (labels.plain !== undefined) return writePlain(into, at, labels);
    const scan = this.#scan;
    scan.scan(labels);
    const pairs = this.#pairs.clear();
    for (let label = 0; label < scan.count; label += 1) {
      pairs.tagged(LABEL, pairLength(scan, label));
      scan.copy(label * 2, pairs.tagged(NAME, scan.length(label * 2)));
      scan.copy(label * 2 + 1, pairs.tagged(VALUE, scan.length(label * 2 + 1)));
    }
    return pairs.copyInto(into, at);
  }

  #measure(labels: LabelBytes): number {
    const scan = this.#scan;
    scan.scan(labels);
    let length = 0;
    for (let label = 0; label < scan.count; label += 1) {
      const pair = pairLength(scan, label);
      length += 1 + varintLength(pair) + pair;
    }
    return length;
  }
}

function pairLength(scan: LabelScan, label: number): number {
  const key = scan.length(label * 2);
  const value = scan.length(label * 2 + 1);
  return 2 + varintLength(key) + key + varintLength(value) + value;
}

/** One pass over the text; lengths are filled in behind it. */
function writePlain(into: Uint8Array, start: number, { bytes, from, to }: LabelBytes): number {
  let out = start;
  for (let at = from; at < to; at += 2) {
    const pair = out;
    into[pair] = LABEL;
    into[pair + 2] = NAME;
    out += 4;
    for (let byte = bytes[at] as number; byte !== EQUALS; byte = bytes[at] as number) {
      into[out++] = byte;
      at += 1;
    }
    into[pair + 3] = out - pair - 4;
    const value = out;
    into[value] = VALUE;
    out += 2;
    at += 2;
    for (let byte = bytes[at] as number; byte !== QUOTE; byte = bytes[at] as number) {
      into[out++] = byte;
      at += 1;
    }
    into[value + 1] = out - value - 2;
    into[pair + 1] = out - pair - 2;
  }
  return out;
}
