import { randomBytes } from "node:crypto";
import { grown, roomFor } from "./column.ts";
import type { LabelBytes } from "./format/encoder.ts";
import { countPlain } from "./format/label-pairs.ts";
import { TextArena } from "./text-arena.ts";
import { TextIndex } from "./text-index.ts";

const SETS_INITIAL = 64;
/** A number of plain labels that stands for "not known". */
const NOT_PLAIN = 255;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The sets of labels on the page, each once: a process sends all its metrics with the same tags, so that a fleet's series have
 * far fewer sets of labels than there are series. A set is a number, its text lies as bytes in an arena: pages copy them.
 * Freed when nobody holds it any more.
 */
export class LabelSets {
  /** How many series have the set; of a free one, the next free one + 1. */
  #holders = new Uint32Array(SETS_INITIAL);
  #addresses = new Uint32Array(SETS_INITIAL);
  #lengths = new Uint32Array(SETS_INITIAL);
  #hashes = new Uint32Array(SETS_INITIAL);
  /** Number of labels, where they are plain (`format/label-pairs.ts`): looked at once, so that pages need not. */
  #plain = new Uint8Array(SETS_INITIAL);
  readonly #arena = new TextArena();
  readonly #index = new TextIndex();
  /** The next free set + 1, 0 = none. */
  #free = 0;
  #used = 0;
  /** Secret, because labels are chosen by strangers. */
  readonly #seed = randomBytes(8).readUInt32LE() | 1;
  #scratch = new Uint8Array(1024);

  /** Sets that somebody holds. */
  get size(): number {
    return this.#index.size;
  }

  /** The set with these labels, `{a="1"}` or ""; undefined where nobody holds one. */
  find(labels: string): number | undefined {
    const length = this.#encode(labels);
    return this.#find(length, this.#hash(length));
  }

  /** The same, made when there is none, and held once more until it is released. */
  hold(labels: string): number {
    const length = this.#encode(labels);
    const hash = this.#hash(length);
    const set = this.#find(length, hash) ?? this.#make(length, hash);
    this.#holders[set] = (this.#holders[set] as number) + 1;
    return set;
  }

  release(set: number): void {
    const holders = (this.#holders[set] as number) - 1;
    this.#holders[set] = holders;
    if (holders > 0) return;
    this.#index.remove(set, this.#hashes);
    this.#arena.free(this.#addresses[set] as number, this.#lengths[set] as number);
    this.#holders[set] = this.#free;
    this.#free = set + 1;
  }

  /** The labels as they lie in memory, without braces; `into` is filled and valid until the set is released. */
  read(set: number, into: LabelBytes): void {
    const address = this.#addresses[set] as number;
    into.bytes = this.#arena.chunk(address);
    into.from = this.#arena.offset(address);
    into.to = into.from + (this.#lengths[set] as number);
    const plain = this.#plain[set] as number;
    into.plain = plain === NOT_PLAIN ? undefined : plain;
  }

  /** `{a="1"}` or "". */
  textOf(set: number): string {
    const labels: LabelBytes = { bytes: this.#scratch, from: 0, to: 0 };
    this.read(set, labels);
    return labels.from === labels.to ? "" : `{${decoder.decode(labels.bytes.subarray(labels.from, labels.to))}}`;
  }

  /** The set with the text in the scratch buffer. */
  #find(length: number, hash: number): number | undefined {
    const set = this.#index.find(hash, this.#hashes, (at) => this.#isSame(at, length));
    return set < 0 ? undefined : set;
  }

  #make(length: number, hash: number): number {
    const set = this.#take();
    this.#holders[set] = 0;
    this.#addresses[set] = this.#arena.add(this.#scratch, length);
    this.#lengths[set] = length;
    this.#plain[set] = countPlain(this.#scratch, 0, length, NOT_PLAIN - 1) ?? NOT_PLAIN;
    this.#hashes[set] = hash;
    this.#index.add(set, this.#hashes);
    return set;
  }

  /** Writes what stands between the braces to the scratch buffer; answers its bytes. */
  #encode(labels: string): number {
    if (labels === "") return 0;
    if (labels.length * 3 > this.#scratch.length) this.#scratch = new Uint8Array(labels.length * 4);
    return encoder.encodeInto(labels.slice(1, -1), this.#scratch).written;
  }

  /** Of the scratch buffer's first bytes: multiplications by a secret, each followed by a shift that spreads high bits. */
  #hash(length: number): number {
    const bytes = this.#scratch;
    let hash = this.#seed;
    for (let at = 0; at < length; at += 1) {
      hash = Math.imul(hash ^ (bytes[at] as number), this.#seed);
      hash ^= hash >>> 15;
    }
    return Math.imul(hash ^ length, 0x85ebca6b) >>> 0;
  }

  #isSame(set: number, length: number): boolean {
    if (this.#lengths[set] !== length) return false;
    const address = this.#addresses[set] as number;
    const bytes = this.#arena.chunk(address);
    const from = this.#arena.offset(address);
    for (let at = 0; at < length; at += 1) if (bytes[from + at] !== this.#scratch[at]) return false;
    return true;
  }

  #take(): number {
    if (this.#free > 0) {
      const set = this.#free - 1;
      this.#free = this.#holders[set] as number;
      return set;
    }
    if (this.#used === this.#holders.length) this.#grow(roomFor(this.#used));
    return this.#used++;
  }

  #grow(sets: number): void {
    this.#holders = grown(this.#holders, new Uint32Array(sets));
    this.#addresses = grown(this.#addresses, new Uint32Array(sets));
    this.#lengths = grown(this.#lengths, new Uint32Array(sets));
    this.#hashes = grown(this.#hashes, new Uint32Array(sets));
    this.#plain = grown(this.#plain, new Uint8Array(sets));
  }
}
