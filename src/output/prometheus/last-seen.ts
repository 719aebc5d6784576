import type { Shape } from "./shape.ts";

/** Of which series the page tells when they were last updated: of none, of those shown as gauges, of all. */
export type LastSeenMode = "off" | "gauges" | "all";

/** What of a series is shown: its numbers, or when it was last updated. */
export type Aspect = "numbers" | "last_seen";

/** `model/reserved-name.ts` keeps clients from it. */
export const LAST_SEEN_SUFFIX = "_last_seen_timestamp_seconds";

/** Constant, because HELP must not change from scrape to scrape. */
const HELP = "When a sample of the series last arrived, in Unix seconds.";

export const NUMBERS: readonly Aspect[] = ["numbers"];
export const NUMBERS_AND_LAST_SEEN: readonly Aspect[] = ["numbers", "last_seen"];

/** True for families that have a second one beside them, with a gauge of the same labels for each series. */
export function hasLastSeen(mode: LastSeenMode, { type }: Shape): boolean {
  return mode === "all" || (mode === "gauges" && type === "gauge");
}

/** The name of the family that stands beside one. */
export function lastSeenName(name: string): string {
  return name + LAST_SEEN_SUFFIX;
}

/** What is announced of the family that stands beside one. */
export function lastSeenHead(name: string): { name: string; type: "gauge"; help: string } {
  return { name: lastSeenName(name), type: "gauge", help: HELP };
}
