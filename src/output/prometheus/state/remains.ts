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

  revive(cell: number, { bytes }: Remains): void {
    this.#source ??= this.#tally.source();
    this.#source.map(cellOf(bytes), cell);
    this.#source.merge(bytes);
  }
}

/** Where the number of the cell stands in a delta of one row: behind kind and number of rows. */
const CELL_AT = 8;

function cellOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(CELL_AT, true);
}

/** Makes the row that of the first cell of its kind: whatever number it had, one map entry serves all. */
export function anonymous(bytes: Uint8Array, kind: CellKind): Uint8Array {
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(CELL_AT, CELL_KINDS.indexOf(kind), true);
  return bytes;
}
