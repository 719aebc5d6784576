import { assert } from "../../std/assert.ts";

/** Addresses count granules of 16 bytes, so that 32 bits reach 64 GiB. */
const GRANULE_BITS = 4;
const CHUNK_BYTES = 1 << 20;
/** Granules of a chunk are the low bits of an address. */
const CHUNK_SHIFT = 20 - GRANULE_BITS;
const CHUNK_MASK = (1 << CHUNK_SHIFT) - 1;

/**
 * Bytes of many short texts in a few large arrays: a text costs its bytes, rounded up to 16, where a string costs a header,
 * a place in a map, and the garbage collector's time at each of its rounds. What is freed is used again for texts of the
 * same size, and nothing moves. A text of a chunk's size or more has an array of its own, which goes when it is freed.
 */
export class TextArena {
  readonly #chunks: (Uint8Array | undefined)[] = [];
  /** Free places of n granules, by n. */
  readonly #free = new Map<number, number[]>();
  /** Free numbers of chunks: large texts take several in a row, by how many. */
  readonly #freeRuns = new Map<number, number[]>();
  #next = 0;
  #end = 0;
  #bytes = 0;

  /** Bytes of the arrays held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps a copy of `length` bytes; answers their address. */
  add(bytes: Uint8Array, length: number): number {
    const address = length >= CHUNK_BYTES ? this.#takeRun(length) : this.#take(granulesOf(length));
    this.chunk(address).set(bytes.subarray(0, length), this.offset(address));
    return address;
  }

  /** Gives the place of a text back; `length` is the one that it was added with. */
  free(address: number, length: number): void {
    const large = length >= CHUNK_BYTES;
    const size = large ? chunksOf(length) : granulesOf(length);
    if (size === 0) return;
    const lists = large ? this.#freeRuns : this.#free;
    if (large) {
      this.#chunks[address >>> CHUNK_SHIFT] = undefined;
      this.#bytes -= length;
    }
    const list = lists.get(size);
    if (list === undefined) lists.set(size, [address]);
    else list.push(address);
  }

  /** The array that a text lies in. */
  chunk(address: number): Uint8Array {
    return this.#chunks[address >>> CHUNK_SHIFT] ?? EMPTY;
  }

  /** Where a text begins in its array. */
  offset(address: number): number {
    return (address & CHUNK_MASK) << GRANULE_BITS;
  }

  #take(granules: number): number {
    if (granules === 0) return 0;
    const freed = this.#free.get(granules)?.pop();
    if (freed !== undefined) return freed;
    if (this.#next + granules > this.#end) {
      this.#giveRest();
      this.#next = this.#newChunk(CHUNK_BYTES, 1);
      this.#end = this.#next + (1 << CHUNK_SHIFT);
    }
    const address = this.#next;
    this.#next += granules;
    return address;
  }

  /** What is left of a chunk that is too small for the text at hand serves a smaller one. */
  #giveRest(): void {
    const rest = this.#end - this.#next;
    if (rest > 0) this.free(this.#next, rest << GRANULE_BITS);
  }

  #takeRun(length: number): number {
    const chunks = chunksOf(length);
    const freed = this.#freeRuns.get(chunks)?.pop();
    if (freed === undefined) return this.#newChunk(length, chunks);
    this.#chunks[freed >>> CHUNK_SHIFT] = new Uint8Array(length);
    this.#bytes += length;
    return freed;
  }

  #newChunk(bytes: number, numbers: number): number {
    const number = this.#chunks.length;
    assert(number + numbers <= 1 << (32 - CHUNK_SHIFT), "an arena of texts reaches 64 GiB");
    this.#chunks.push(new Uint8Array(bytes));
    for (let more = 1; more < numbers; more += 1) this.#chunks.push(undefined);
    this.#bytes += bytes;
    return number * (1 << CHUNK_SHIFT);
  }
}

const EMPTY = new Uint8Array(0);

function granulesOf(length: number): number {
  return (length + (1 << GRANULE_BITS) - 1) >>> GRANULE_BITS;
}

function chunksOf(length: number): number {
  return Math.ceil(length / CHUNK_BYTES);
}
