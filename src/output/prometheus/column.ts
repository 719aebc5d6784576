/** Tables are columns, one typed array for each field: a million objects would cost more than what is in them. */

/** How many rows a table shall have room for when `count` are used up. */
export function roomFor(count: number): number {
  return count + (count >> 1);
}

/** The bigger column, with what is in the other one. */
export function grown<Column extends { set(from: Column): void }>(column: Column, bigger: Column): Column {
  bigger.set(column);
  return bigger;
}
