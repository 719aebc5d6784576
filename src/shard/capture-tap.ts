import { encodeRecord, OVERHEAD_BYTES_MAX } from "../capture/record.ts";
import type { Tapped } from "../capture/recording.ts";

/** Bytes that wait for the main side, at most, in each shard while a capture runs; none before and after. */
export const TAP_BYTES_MAX = 16 * 1024 * 1024;
const BLOCK_BYTES = 256 * 1024;

/** What UDP carries. A stream's block that is longer becomes several records, each of whole lines, so that it can be sent again. */
const DATAGRAM_BYTES_MAX = 65_507;
const NEWLINE = 0x0a;

const MS_NS = 1_000_000;

/**
 * Copies datagrams while a capture runs, as records of the capture's file, so that the main side only writes. It never
 * waits: what does not fit is counted. Ask `isOn` before `take`, so that it costs nothing else when off.
 */
export class CaptureTap {
  readonly #nowMs: () => number;
  readonly #bytesMax: number;
  #full: Uint8Array[] = [];
  #fullBytes = 0;
  #block = new Uint8Array(0);
  #used = 0;
  #lost = 0;
  isOn = false;

  /** `nowMs` answers Unix milliseconds, with a fraction where the machine knows one. */
  constructor(nowMs: () => number, bytesMax: number = TAP_BYTES_MAX) {
    this.#nowMs = nowMs;
    this.#bytesMax = bytesMax;
  }

  /** Copies a datagram, or a block of a stream's lines. Its sender is not part of the file's format. */
  take(bytes: Uint8Array, _address: string, _port: number): void {
    let rest = bytes;
    while (rest.length > DATAGRAM_BYTES_MAX) {
      const end = rest.lastIndexOf(NEWLINE, DATAGRAM_BYTES_MAX - 1) + 1;
      if (end === 0) break;
      this.#copy(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    this.#copy(rest);
  }

  /**
   * Hands over what has gathered and goes on, or ends, as `isOn` says. Each block has a buffer of its own, to be
   * transferred.
   */
  answer(isOn: boolean): Tapped {
    this.isOn = isOn;
    this.#closeBlock();
    const tapped = { blocks: this.#full, lost: this.#lost };
    this.#full = [];
    this.#fullBytes = 0;
    this.#lost = 0;
    return tapped;
  }

  #copy(bytes: Uint8Array): void {
    const needed = bytes.length + OVERHEAD_BYTES_MAX;
    if (this.#block.length - this.#used < needed && !this.#makeRoom(needed)) {
      this.#lost++;
      return;
    }
    // Past 2^53 nanoseconds a float64 has no single ones; the clock has none either.
    const timeNs = BigInt(Math.round(this.#nowMs() * MS_NS));
    this.#used = encodeRecord(this.#block, this.#used, timeNs, bytes);
  }

  #makeRoom(needed: number): boolean {
    this.#closeBlock();
    const size = Math.min(Math.max(BLOCK_BYTES, needed), this.#bytesMax - this.#fullBytes);
    if (size < needed) return false;
    this.#block = new Uint8Array(size);
    return true;
  }

  #closeBlock(): void {
    if (this.#used > 0) {
      // A block that is mostly empty is not worth its memory while it waits.
      const block =
        this.#used > this.#block.length / 2 ? this.#block.subarray(0, this.#used) : this.#block.slice(0, this.#used);
      this.#full.push(block);
      this.#fullBytes += block.buffer.byteLength;
    }
    this.#block = new Uint8Array(0);
    this.#used = 0;
  }
}
