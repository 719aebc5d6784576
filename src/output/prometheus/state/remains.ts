import { CELL_KINDS } from "../../../model/kind.ts";
import type { CellKind } from "../../../model/kind.ts";
import type { Source, Tally } from "../../../core/tally.ts";

/** What is kept of a series that is not on the page: enough to go on where it stood. */
export interface Remains {
  /** The cell as a delta of one row (`Tally.copy`). */
  readonly bytes: Uint8Array;
  /** What the numbers mean: only a series with the same layout and scale may go on with them. */
  readonly meaning: string;
  /** Since when it counts, in Unix milliseconds. */
  readonly createdMs: number;
}

/** Bytes of remains and their key beside the text and the numbers themselves, about. */
const ENTRY_BYTES = 200;

/**
 * Remains by series, bounded in number and in bytes; the oldest go first. A counter that comes back after its time to live
 * goes on where it stood, and so Prometheus sees no restart.
 */
export class Graveyard {
  readonly #countMax: number;
  readonly #bytesMax: number;
  readonly #entries = new Map<string, Remains>();
  #bytes = 0;

  constructor(countMax: number, bytesMax: number) {
    this.#countMax = countMax;
    this.#bytesMax = bytesMax;
  }

  get size(): number {
    return this.#entries.size;
  }

  entries(): IterableIterator<[key: string, remains: Remains]> {
    return this.#entries.entries();
  }

  put(key: string, remains: Remains): void {
    this.take(key);
    this.#entries.set(key, remains);
    this.#bytes += bytesOf(key, remains);
    for (const [oldest] of this.#entries) {
      if (this.#entries.size <= this.#countMax && this.#bytes <= this.#bytesMax) return;
      this.take(oldest);
    }
  }

  take(key: string): Remains | undefined {
    const remains = this.#entries.get(key);
    if (remains === undefined) return undefined;
    this.#entries.delete(key);
    this.#bytes -= bytesOf(key, remains);
    return remains;
  }
}

function bytesOf(key: string, { bytes, meaning }: Remains): number {
  return ENTRY_BYTES + key.length * 2 + meaning.length + bytes.length;
}

/** Puts remains into new cells of a tally. */
export class Revival {
  readonly #tally: Tally;
  #source: Source | undefined;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  revive(cell: number, bytes: Uint8Array): void {
    this.#source ??= this.#tally.source();
    this.#source.map(cellOf(bytes), cell);
    this.#source.merge(bytes);
  }
}

/** Where a delta of one row has the number of its cell, u32, and a counter what it was asked to fall, f64: behind kind and number of rows. */
const CELL_AT = 8;
const DOWN_AT = 24;
/** Where a histogram has the number of its values, u32, and where they stand: each a value and its weight, f64. */
const VALUES_AT = 56;
const VALUE_LIST_AT = 72;

/**
 * Makes the row that of the first cell of its kind: whatever number it had, one map entry serves all. What a counter was asked to
 * fall was counted when it was, and does not come back.
 */
export function anonymous(bytes: Uint8Array, kind: CellKind): Uint8Array {
  // Byte by byte: a DataView for each row would take longer than all else.
  bytes.fill(0, CELL_AT, CELL_AT + 4);
  bytes[CELL_AT] = CELL_KINDS.indexOf(kind);
  if (kind === "counter") bytes.fill(0, DOWN_AT, DOWN_AT + 8);
  return bytes;
}

/** The number of the cell of an anonymous row. */
function cellOf(bytes: Uint8Array): number {
  return bytes[CELL_AT] as number;
}

/** A copy of a histogram with its values, which copies of histograms in a window are without: those of a native one go on too. */
export function withValues(copy: Uint8Array, tally: Tally, cell: number): Uint8Array {
  const values: number[] = [];
  // The edge nearer to zero belongs to its bucket, and so leads to it again.
  tally.buckets(cell, (low, high, weight) => void values.push(low >= 0 || low === high ? low : high, weight));
  const listed = Buffer.from(Float64Array.from(values).buffer);
  const bytes = Buffer.concat([copy.subarray(0, VALUE_LIST_AT), listed, copy.subarray(VALUE_LIST_AT)]);
  bytes.writeUInt32LE(values.length / 2, VALUES_AT);
  return bytes;
}
