import { CELL_KINDS } from "../model/kind.ts";

const CELLS_FIRST = 256;
/** A cell's number is (index << 2 | kind). */
const KIND_BITS = 2;
const KIND_MASK = 3;
/** Later readings of the rules are not told apart. */
const EPOCH_MAX = 0xffff;

/** By which rules cells were bound last: 2 bytes for each, once rules were read again. */
export class BoundEpochs {
  readonly #byKind: Uint16Array[] = CELL_KINDS.map(() => new Uint16Array(0));

  /**
   * The cell is bound by the rules of an epoch. False where it was so by those just before: then nobody needs to be told. It was
   * not where its series had another cell meanwhile, and that one may have taken its place in an output.
   */
  isReturn(cell: number, epoch: number): boolean {
    const last = this.#byKind[cell & KIND_MASK]?.[cell >>> KIND_BITS] ?? 0;
    this.set(cell, epoch);
    return Math.min(epoch, EPOCH_MAX) - last > 1;
  }

  set(cell: number, epoch: number): void {
    const [kind, index] = [cell & KIND_MASK, cell >>> KIND_BITS];
    const column = this.#byKind[kind] as Uint16Array;
    if (index < column.length) column[index] = Math.min(epoch, EPOCH_MAX);
    else if (epoch > 0) {
      const grown = new Uint16Array(Math.max(CELLS_FIRST, index + (index >> 1)));
      grown.set(column);
      grown[index] = Math.min(epoch, EPOCH_MAX);
      this.#byKind[kind] = grown;
    }
  }
}
