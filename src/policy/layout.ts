import { assert } from "../std/assert.ts";
import type { Layout } from "../model/layout.ts";
import { nextDown, nextUp } from "./float.ts";

export interface LayoutOptions {
  readonly digits: 2 | 3;
  /** Classic upper bounds in the unit that outputs show (seconds for timers): ascending, finite; empty = none. */
  readonly bounds: readonly number[];
}

/** The process's table of layouts, and which of them a series of each unit uses. */
export interface Layouts {
  readonly layouts: readonly Layout[];
  readonly layoutPlain: number;
  readonly layoutTimer: number;
}

const MS_PER_SECOND = 1_000;

/**
 * Layouts for histograms as sent and for timers (milliseconds shown as seconds). Without bounds they are the same one.
 * `known` is the table so far: live series have layouts of it by number, so it only grows.
 */
export function buildLayouts({ digits, bounds }: LayoutOptions, known: readonly Layout[] = []): Layouts {
  assert(
    bounds.every((bound, index) => Number.isFinite(bound) && (index === 0 || bound > (bounds[index - 1] as number))),
    "bounds must be finite and ascending",
  );
  const table = new LayoutTable(known);
  const layoutPlain = table.placeOf({ digits, bounds, thresholds: bounds });
  const layoutTimer = table.placeOf({ digits, bounds, thresholds: bounds.map(timerThreshold) });
  return { layouts: table.layouts, layoutPlain, layoutTimer };
}

/** A table of layouts, each in it once, that begins with those that are known. */
export class LayoutTable {
  readonly layouts: Layout[];
  readonly #places: Map<string, number>;

  constructor(known: readonly Layout[]) {
    this.layouts = [...known];
    this.#places = new Map(known.map((layout, place) => [textOf(layout), place]));
  }

  /** The layout's number; one that is new comes to the end. */
  placeOf(layout: Layout): number {
    const text = textOf(layout);
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    this.#places.set(text, this.layouts.length);
    return this.layouts.push(layout) - 1;
  }
}

/** Equal for equal layouts. */
function textOf({ digits, bounds, thresholds, window }: Layout): string {
  return JSON.stringify([digits, bounds, thresholds, window?.ages, window?.ageMs]);
}

/** The layout of classic bounds for samples that are shown divided by `divisor` and times `scale`. */
export function layoutOf(digits: 2 | 3, bounds: readonly number[], divisor: number, scale: number): Layout {
  return { digits, bounds, thresholds: bounds.map((bound) => thresholdOf(bound, divisor, scale)) };
}

/** The largest float64 t with `t / 1000 <= bound`. */
export function timerThreshold(bound: number): number {
  return thresholdOf(bound, MS_PER_SECOND, 1);
}

/** Where bounds are subnormal, a product stays the same over more neighbours than anybody would count. */
const STEPS_MAX = 2_000;

/**
 * The largest float64 t with `t / divisor * scale <= bound`, for a scale above 0. `bound * divisor / scale` alone is not it,
 * in both directions: 2.1 / 1000 is above 0.0021, and 7.900000000000001 / 1000 is still 0.0079. The walk is one or two
 * steps, and some 500 where bounds are subnormal.
 */
export function thresholdOf(bound: number, divisor: number, scale: number): number {
  let threshold = (bound * divisor) / scale;
  for (let step = 0; (threshold / divisor) * scale > bound && step < STEPS_MAX; step++) threshold = nextDown(threshold);
  for (let step = 0; step < STEPS_MAX; step++) {
    const above = nextUp(threshold);
    if ((above / divisor) * scale > bound || above === threshold) return threshold;
    threshold = above;
  }
  return threshold;
}
