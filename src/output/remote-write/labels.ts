import type { LabelBytes } from "../prometheus/format/encoder.ts";
import { LabelScan } from "../prometheus/format/label-scan.ts";

/**
 * The labels of one series in the form that remote write wants: sorted by key, the name among them as `__name__`. They
 * are places in `bytes`, all UTF-8, so that nothing is decoded on the way from the page's labels to a message.
 */
export interface Labels {
  readonly length: number;
  /** Valid until the next series is read. */
  readonly bytes: Buffer;
  /** Four numbers for each label: where its key begins and ends, where its value begins and ends. */
  readonly places: readonly number[];
}

const NAME_KEY = "__name__";

/** Reads `a="1",b="2"`, the labels of a series as the page shows them; one object, used again for each series. */
export class LabelReader implements Labels {
  bytes = Buffer.allocUnsafeSlow(4096);
  readonly places: number[] = [];
  readonly #own: readonly (readonly [key: string, value: string])[];
  readonly #scan = new LabelScan();
  #used = 0;

  /** `own` are the server's labels, which a label of the series with the same key hides. */
  constructor(own: readonly (readonly [key: string, value: string])[]) {
    this.#own = own;
  }

  get length(): number {
    return this.places.length / 4;
  }

  /** `name` is the sample's, with its suffix; `extraKey` is one more label (`le`, `quantile`), "" = none. */
  read(name: string, labels: LabelBytes, extraKey: string, extraValue: string): void {
    this.#used = 0;
    this.places.length = 0;
    // Own labels, name and extra label take little; the series' labels only ever get shorter.
    const room = 1024 + (name.length + extraValue.length) * 3 + (labels.to - labels.from);
    if (room > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(room * 2);
    this.#text(NAME_KEY, name);
    this.#addAll(labels);
    if (extraKey !== "") this.#text(extraKey, extraValue);
    for (const [key, value] of this.#own) this.#text(key, value);
  }

  #addAll(labels: LabelBytes): void {
    this.#scan.scan(labels);
    for (let label = 0; label < this.#scan.count; label += 1) {
      const keyFrom = this.#used;
      this.#scan.copy(2 * label, this);
      const keyTo = this.#used;
      this.#scan.copy(2 * label + 1, this);
      this.#put(keyFrom, keyTo, keyTo, this.#used);
    }
  }

  /** Called by the scan, with a key or a value. */
  copy(bytes: Uint8Array, from: number, to: number): void {
    for (let at = from; at < to; at += 1) this.bytes[this.#used++] = bytes[at] as number;
  }

  #text(key: string, value: string): void {
    if (key.length * 3 + value.length * 3 + this.#used > this.bytes.length)
      this.#grow(key.length * 3 + value.length * 3);
    const keyFrom = this.#used;
    this.#used += this.bytes.write(key, this.#used);
    const keyTo = this.#used;
    this.#used += this.bytes.write(value, this.#used);
    this.#put(keyFrom, keyTo, keyTo, this.#used);
  }

  #grow(more: number): void {
    const grown = Buffer.allocUnsafeSlow((this.#used + more) * 2);
    grown.set(this.bytes.subarray(0, this.#used));
    this.bytes = grown;
  }

  /** Labels come in order but for a few, so each is put in its place from the end. The first of a key stays. */
  #put(keyFrom: number, keyTo: number, valueFrom: number, valueTo: number): void {
    const { places } = this;
    let at = places.length;
    while (at > 0) {
      const order = this.#compare(places[at - 4] as number, places[at - 3] as number, keyFrom, keyTo);
      if (order === 0) return;
      if (order < 0) break;
      at -= 4;
    }
    if (at === places.length) places.push(keyFrom, keyTo, valueFrom, valueTo);
    else places.splice(at, 0, keyFrom, keyTo, valueFrom, valueTo);
  }

  #compare(leftFrom: number, leftTo: number, rightFrom: number, rightTo: number): number {
    const { bytes } = this;
    const length = Math.min(leftTo - leftFrom, rightTo - rightFrom);
    for (let at = 0; at < length; at += 1) {
      const difference = (bytes[leftFrom + at] as number) - (bytes[rightFrom + at] as number);
      if (difference !== 0) return difference;
    }
    return leftTo - leftFrom - (rightTo - rightFrom);
  }
}
