import type { Layout } from "../../../model/layout.ts";
import { PLAIN } from "../../../model/treatment.ts";
import type { Treatment } from "../../../model/treatment.ts";
import { layoutOf, placeOf } from "../../layout.ts";
import type { ExporterMapping, ExporterRule, ObserverOptions } from "./rule.ts";

/** How a series that a rule (or no rule) is about is kept and shown. */
export interface Look {
  /** Undefined = as configured. */
  readonly treatment: Treatment | undefined;
  /** Indices into the process's layouts, for what has no unit and for timers. */
  readonly layoutPlain: number;
  readonly layoutTimer: number;
}

/** A mapping whose rules have their layouts; plain data, crosses to the shard threads. */
export interface PreparedMapping {
  readonly rules: readonly ExporterRule[];
  /** One for each rule. */
  readonly looks: readonly Look[];
  readonly unmapped: Look;
  readonly isOrdered: boolean;
}

/** What the configuration says where a mapping says nothing. */
export interface ObserverDefaults {
  readonly digits: 2 | 3;
  readonly observer: "summary" | "histogram";
  readonly buckets: readonly number[];
}

/** What a core has room for; see `core/assembly/layout.ts`. */
export const LAYOUTS_MAX = 4096;

/**
 * The mapping, and the table of layouts with what its rules need at the end. A table may be that of an earlier mapping:
 * live series have layouts of it by number, so nothing in it changes. More than LAYOUTS_MAX is for the caller to refuse.
 */
export function prepareMapping(
  mapping: ExporterMapping,
  configured: ObserverDefaults,
  known: readonly Layout[],
): { readonly prepared: PreparedMapping; readonly layouts: readonly Layout[] } {
  const layouts = [...known];
  const places = new Map<string, number>();

  function layoutIndex(bounds: readonly number[], divisor: number, scale: number): number {
    // Without bounds a layout is one for all units.
    const key = bounds.length === 0 ? "" : JSON.stringify([bounds, divisor, scale]);
    const place = places.get(key) ?? placeOf(layouts, layoutOf(configured.digits, bounds, divisor, scale));
    places.set(key, place);
    return place;
  }

  function lookOf({ observer, buckets, treatment }: ObserverOptions & { readonly treatment: Treatment }): Look {
    // Bounds mean nothing where larger samples are shown as smaller numbers.
    const isHistogram = (observer ?? configured.observer) === "histogram" && treatment.scale > 0;
    const bounds = isHistogram ? (buckets ?? configured.buckets) : [];
    return {
      treatment: isPlain(treatment) ? undefined : treatment,
      layoutPlain: layoutIndex(bounds, 1, treatment.scale),
      layoutTimer: layoutIndex(bounds, 1000, treatment.scale),
    };
  }

  const looks = mapping.rules.map(lookOf);
  const prepared = { rules: mapping.rules, looks, unmapped: lookOf(mapping.defaults), isOrdered: mapping.isOrdered };
  return { prepared, layouts };
}

function isPlain(treatment: Treatment): boolean {
  return Object.entries(PLAIN).every(([key, value]) => treatment[key as keyof Treatment] === value);
}
