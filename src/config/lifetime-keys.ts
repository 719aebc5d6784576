import * as limits from "./limits.ts";
import { key, optionalKey, text, whole } from "./values.ts";

/** What outlives a series' stay on the page; a part of the group `prometheus`. */
export const LIFETIME_KEYS = {
  remember: key(
    whole(limits.REMAINS),
    "100000",
    "Most counters and histograms that are remembered after their ttl: one that comes back goes on where it stood.",
  ),
  state_file: optionalKey(
    text("write a path"),
    "Counters, histograms and gauges go on over restarts and crashes: what a page shows is in this file first.",
  ),
};
