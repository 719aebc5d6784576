/**
 * The kinds of series, one row each. The row is the only place that knows how a wire type, a cell and a unit go
 * together; a new kind is a new row here and a new cell file in `core/assembly/`.
 */

/** What the core keeps for a series; see `core/assembly/` for one file per cell kind. */
export const CELL_KINDS = ["counter", "gauge", "set", "histogram"] as const;
export type CellKind = (typeof CELL_KINDS)[number];

export type Kind = "counter" | "gauge" | "set" | "histogram" | "timer" | "distribution";

export interface KindRow {
  readonly kind: Kind;
  /** The number that the core uses for the wire type; the row's index in `KINDS`. */
  readonly code: number;
  /** The type field on the wire (DogStatsD datagram, second field). */
  readonly wire: string;
  readonly cell: CellKind;
  /** Unit of a sample as received: a timer is a histogram whose unit is milliseconds. */
  readonly unit: "" | "ms";
  /** True where percentiles belong to all hosts together (Datadog's distributions), not to this server. */
  readonly global: boolean;
}

export const KINDS: readonly KindRow[] = [
  { kind: "counter", code: 0, wire: "c", cell: "counter", unit: "", global: false },
  { kind: "gauge", code: 1, wire: "g", cell: "gauge", unit: "", global: false },
  { kind: "set", code: 2, wire: "s", cell: "set", unit: "", global: false },
  { kind: "histogram", code: 3, wire: "h", cell: "histogram", unit: "", global: false },
  { kind: "timer", code: 4, wire: "ms", cell: "histogram", unit: "ms", global: false },
  { kind: "distribution", code: 5, wire: "d", cell: "histogram", unit: "", global: true },
];

const ROW_BY_KIND = new Map<Kind, KindRow>(KINDS.map((row) => [row.kind, row]));

/** The row of a kind. */
export function kindRow(kind: Kind): KindRow {
  return ROW_BY_KIND.get(kind) as KindRow;
}
