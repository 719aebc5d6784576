import { windowOf } from "../../../model/layout.ts";
import type { Layout, Window } from "../../../model/layout.ts";
import { PLAIN } from "../../../model/treatment.ts";
import type { Treatment } from "../../../model/treatment.ts";
import { layoutOf, LayoutTable } from "../../layout.ts";
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
  /** The window of quantiles of the output's tally. */
  readonly windowMs: number;
  readonly ageBuckets: number;
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
  const table = new LayoutTable(known);
  /** By what is asked for, because thresholds are dear. */
  const places = new Map<string, number>();

  function layoutIndex(bounds: readonly number[], divisor: number, { scale, ...rest }: Treatment): number {
    // Without bounds a layout is one for all units; with bounds there are no quantiles that could have a window.
    const window = bounds.length === 0 ? ownWindow(rest, configured) : undefined;
    const key = JSON.stringify(bounds.length === 0 ? window : [bounds, divisor, scale]) ?? "";
    const asked = places.get(key);
    if (asked !== undefined) return asked;
    const layout = layoutOf(configured.digits, bounds, divisor, scale);
    const place = table.placeOf(window === undefined ? layout : { ...layout, window });
    places.set(key, place);
    return place;
  }

  function lookOf({ observer, buckets, treatment }: ObserverOptions & { readonly treatment: Treatment }): Look {
    // Bounds mean nothing where larger samples are shown as smaller numbers.
    const isHistogram = (observer ?? configured.observer) === "histogram" && treatment.scale > 0;
    const bounds = isHistogram ? (buckets ?? configured.buckets) : [];
    return {
      treatment: isPlain(treatment) ? undefined : treatment,
      layoutPlain: layoutIndex(bounds, 1, treatment),
      layoutTimer: layoutIndex(bounds, 1000, treatment),
    };
  }

  const looks = mapping.rules.map(lookOf);
  const prepared = { rules: mapping.rules, looks, unmapped: lookOf(mapping.defaults), isOrdered: mapping.isOrdered };
  return { prepared, layouts: table.layouts };
}

/** Undefined where it is the tally's. What a treatment leaves out, its length or its steps, is as configured. */
function ownWindow(
  { windowMs, ageBuckets }: Pick<Treatment, "windowMs" | "ageBuckets">,
  configured: ObserverDefaults,
): Window | undefined {
  const own = [windowMs ?? configured.windowMs, ageBuckets ?? configured.ageBuckets] as const;
  const isConfigured = own[0] === configured.windowMs && own[1] === configured.ageBuckets;
  return isConfigured ? undefined : windowOf(...own);
}

function isPlain(treatment: Treatment): boolean {
  return Object.entries(PLAIN).every(([key, value]) => treatment[key as keyof Treatment] === value);
}
