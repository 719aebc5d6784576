import type { Series } from "../model/series.ts";
import { canonicalTags } from "./tags.ts";

/** OpenTelemetry's attribute for the series that takes what a limit turned away. */
export const OVERFLOW_TAG = "overflow:true";

/**
 * The series that stands in for `series` once the limit is reached: its name, kind and layout, the tags that every
 * series has, and `overflow:true`. No host: hosts are one of the ways in which series become too many.
 */
export function overflowSeries(series: Series, globalTags: readonly string[]): Series {
  return { ...series, tags: canonicalTags([...globalTags, OVERFLOW_TAG]), host: undefined };
}
