import { escapeValue, isLegacyName } from "../label.ts";
import type { LabelBytes } from "./encoder.ts";
import { UTF8_BYTES_MAX } from "./page.ts";
import type { Page } from "./page.ts";

const OPEN = 0x7b;
const CLOSE = 0x7d;
const COMMA = 0x2c;
const SPACE = 0x20;
const LINE_FEED = 0x0a;

/** A family's name with a suffix: the bytes up to the labels. */
interface Head {
  bytes: Buffer;
  length: number;
  /** Number of the family that it is of. */
  family: number;
}

/** A name as a HELP or TYPE line shows it: in quotes where it is not a legacy one. */
export function nameText(name: string): string {
  return isLegacyName(name) ? name : `"${escapeValue(name)}"`;
}

/** The lines of one family, a name with each suffix made once. */
export class SampleWriter {
  readonly #page: Page;
  #name = "";
  #quoted = false;
  #families = 0;
  /** By suffix; the memory is used again for the next family, because many have a single series. */
  readonly #heads = new Map<string, Head>();

  constructor(page: Page) {
    this.#page = page;
  }

  family(name: string): void {
    this.#name = name;
    this.#quoted = !isLegacyName(name);
    this.#families += 1;
  }

  /** `name_suffix{labels} value`, without what may follow on the line. */
  sample(suffix: string, labels: LabelBytes, value: number): void {
    const page = this.#page;
    const { bytes, length } = this.#headOf(suffix);
    page.copy(bytes, 0, length);
    if (labels.to > labels.from) {
      page.byte(this.#quoted ? COMMA : OPEN);
      page.copy(labels.bytes, labels.from, labels.to);
      page.byte(CLOSE);
    } else if (this.#quoted) page.byte(CLOSE);
    page.byte(SPACE);
    page.number(value);
  }

  line(suffix: string, labels: LabelBytes, value: number): void {
    this.sample(suffix, labels, value);
    this.#page.byte(LINE_FEED);
  }

  /** The same with one more label, whose value needs no escape. */
  labelled(suffix: string, labels: LabelBytes, key: string, text: string, value: number, behind = ""): void {
    const page = this.#page;
    const { bytes, length } = this.#headOf(suffix);
    page.copy(bytes, 0, length);
    page.byte(this.#quoted ? COMMA : OPEN);
    if (labels.to > labels.from) {
      page.copy(labels.bytes, labels.from, labels.to);
      page.byte(COMMA);
    }
    page.text(`${key}="${text}"} `);
    page.number(value);
    page.text(`${behind}\n`);
  }

  #headOf(suffix: string): Head {
    let head = this.#heads.get(suffix);
    if (head === undefined) this.#heads.set(suffix, (head = { bytes: Buffer.alloc(0), length: 0, family: 0 }));
    if (head.family === this.#families) return head;
    const name = this.#name + suffix;
    const text = this.#quoted ? `{"${escapeValue(name)}"` : name;
    const bytesMax = text.length * UTF8_BYTES_MAX;
    if (bytesMax > head.bytes.length) head.bytes = Buffer.allocUnsafeSlow(bytesMax * 2);
    head.length = head.bytes.write(text, 0, bytesMax);
    head.family = this.#families;
    return head;
  }
}
