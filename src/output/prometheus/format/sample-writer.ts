import { escapeValue, isLegacyName } from "../label.ts";
import type { LabelBytes } from "./encoder.ts";
import type { Page } from "./page.ts";

const OPEN = 0x7b;
const CLOSE = 0x7d;
const COMMA = 0x2c;
const SPACE = 0x20;
const LINE_FEED = 0x0a;

/** A name as a HELP or TYPE line shows it: in quotes where it is not a legacy one. */
export function nameText(name: string): string {
  return isLegacyName(name) ? name : `"${escapeValue(name)}"`;
}

/** The lines of one family, a name with each suffix made once. */
export class SampleWriter {
  readonly #page: Page;
  #name = "";
  #quoted = false;
  /** By suffix: the bytes up to the labels. */
  readonly #heads = new Map<string, Uint8Array>();

  constructor(page: Page) {
    this.#page = page;
  }

  family(name: string): void {
    this.#name = name;
    this.#quoted = !isLegacyName(name);
    this.#heads.clear();
  }

  /** `name_suffix{labels} value`, without what may follow on the line. */
  sample(suffix: string, labels: LabelBytes, value: number): void {
    const page = this.#page;
    const head = this.#headOf(suffix);
    page.copy(head, 0, head.length);
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
    const head = this.#headOf(suffix);
    page.copy(head, 0, head.length);
    page.byte(this.#quoted ? COMMA : OPEN);
    if (labels.to > labels.from) {
      page.copy(labels.bytes, labels.from, labels.to);
      page.byte(COMMA);
    }
    page.text(`${key}="${text}"} `);
    page.number(value);
    page.text(`${behind}\n`);
  }

  #headOf(suffix: string): Uint8Array {
    const known = this.#heads.get(suffix);
    if (known !== undefined) return known;
    const name = this.#name + suffix;
    const head = new TextEncoder().encode(this.#quoted ? `{"${escapeValue(name)}"` : name);
    this.#heads.set(suffix, head);
    return head;
  }
}
