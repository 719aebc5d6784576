const SLOTS_INITIAL = 64;

/**
 * Rows by the hash of what they are called: open addressing in one array of numbers, at most three quarters full. Eight
 * bytes a row, where a Map of strings takes ten times as much. Whether two rows of one hash are equal is the caller's
 * business.
 */
export class TextIndex {
  /** Row + 1, 0 = free. */
  #slots = new Int32Array(SLOTS_INITIAL);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The first row with `hash` that `isSame` accepts; -1 = none. `hashes` holds the hash of each row. */
  find(hash: number, hashes: Uint32Array, isSame: (row: number) => boolean): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const row = (slots[slot] as number) - 1;
      if (row < 0 || (hashes[row] === hash && isSame(row))) return row;
    }
  }

  add(row: number, hashes: Uint32Array): void {
    this.#size += 1;
    if (this.#size * 4 > this.#slots.length * 3) this.#grow(hashes);
    this.#put(row, hashes[row] as number);
  }

  /** Rows behind the freed slot move up, so that every row is still found from its own slot on. */
  remove(row: number, hashes: Uint32Array): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hole = (hashes[row] as number) & mask;
    while (slots[hole] !== row + 1) hole = (hole + 1) & mask;
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const wanted = (hashes[(slots[slot] as number) - 1] as number) & mask;
      if (((slot - wanted) & mask) < ((slot - hole) & mask)) continue;
      slots[hole] = slots[slot] as number;
      hole = slot;
    }
    slots[hole] = 0;
    this.#size -= 1;
  }

  #put(row: number, hash: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = row + 1;
  }

  #grow(hashes: Uint32Array): void {
    const before = this.#slots;
    this.#slots = new Int32Array(before.length * 2);
    for (const taken of before) if (taken !== 0) this.#put(taken - 1, hashes[taken - 1] as number);
  }
}
