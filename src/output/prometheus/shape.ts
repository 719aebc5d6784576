import { kindRow } from "../../model/kind.ts";
import type { CellKind, Kind } from "../../model/kind.ts";
import type { Layout } from "../../model/layout.ts";

/** The types of a family that a page can announce. */
export type FamilyType = "counter" | "gauge" | "summary" | "histogram";

/** How a series of some kind is shown. Series of one family have one shape, so that a family never mixes units. */
export interface Shape {
  /** What is told apart when names clash. */
  readonly key: string;
  readonly type: FamilyType;
  readonly cell: CellKind;
  /** Samples are divided by it: 1,000 where milliseconds become seconds. */
  readonly divisor: 1 | 1000;
  /** What the conventional naming appends. */
  readonly suffix: "" | "_total" | "_seconds";
  /** Constant, because HELP must not change from scrape to scrape. */
  readonly help: string;
  /** Names that a family takes for itself beside its own, by suffix; see `families.ts`. */
  readonly derived: readonly string[];
}

interface ShapeRow extends Shape {
  readonly unit: "" | "ms";
  /** True for the row of a layout with bounds; undefined where layouts do not matter. */
  readonly bounds?: boolean;
}

const ROWS: readonly ShapeRow[] = [
  {
    key: "counter",
    type: "counter",
    cell: "counter",
    unit: "",
    divisor: 1,
    suffix: "_total",
    derived: [],
    help: "Counter received over StatsD, since the server started.",
  },
  {
    key: "gauge",
    type: "gauge",
    cell: "gauge",
    unit: "",
    divisor: 1,
    suffix: "",
    derived: [],
    help: "Gauge received over StatsD, last value.",
  },
  {
    key: "set",
    type: "gauge",
    cell: "set",
    unit: "",
    divisor: 1,
    suffix: "",
    derived: [],
    help: "Set received over StatsD, different members in one flush interval.",
  },
  {
    key: "summary",
    type: "summary",
    cell: "histogram",
    unit: "",
    divisor: 1,
    suffix: "",
    bounds: false,
    derived: ["_sum", "_count"],
    help: "Histogram received over StatsD; quantiles of a sliding window.",
  },
  {
    key: "histogram",
    type: "histogram",
    cell: "histogram",
    unit: "",
    divisor: 1,
    suffix: "",
    bounds: true,
    derived: ["_bucket", "_sum", "_count"],
    help: "Histogram received over StatsD.",
  },
  {
    key: "timer_summary",
    type: "summary",
    cell: "histogram",
    unit: "ms",
    divisor: 1000,
    suffix: "_seconds",
    bounds: false,
    derived: ["_sum", "_count"],
    help: "Timer received over StatsD, in seconds; quantiles of a sliding window.",
  },
  {
    key: "timer_histogram",
    type: "histogram",
    cell: "histogram",
    unit: "ms",
    divisor: 1000,
    suffix: "_seconds",
    bounds: true,
    derived: ["_bucket", "_sum", "_count"],
    help: "Timer received over StatsD, in seconds.",
  },
];

/**
 * The shape of a series: its kind, and whether its layout keeps classic bounds. `isExact`: the name says nothing about the
 * unit, so that timers may share it with histograms, as in statsd_exporter.
 */
export function shapeOf(kind: Kind, layout: Layout | undefined, isExact: boolean): Shape {
  const { cell, unit: sent } = kindRow(kind);
  const unit = isExact ? "" : sent;
  const bounds = layout !== undefined && layout.bounds.length > 0;
  return ROWS.find((row) => row.cell === cell && row.unit === unit && (row.bounds ?? bounds) === bounds) as Shape;
}

/** The shape of a key; undefined = there is none. */
export function shapeOfKey(key: string): Shape | undefined {
  return ROWS.find((row) => row.key === key);
}
