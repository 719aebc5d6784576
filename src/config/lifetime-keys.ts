import * as limits from "./limits.ts";
import { choice, key, optionalKey, text, whole } from "./values.ts";

/** What outlives a series' stay on the page; a part of the group `prometheus`. */
export const LIFETIME_KEYS = {
  remember: key(
    whole(limits.REMAINS),
    "100000",
    "Most counters and histograms that are remembered after their ttl: one that comes back goes on where it stood.",
  ),
  last_seen: key(
    choice(["off", "gauges", "all"]),
    "off",
    "One more gauge for each series, NAME_last_seen_timestamp_seconds: when its last sample came. gauges: of gauges and sets alone.",
  ),
  state_file: optionalKey(
    text("write a path"),
    "Counters, histograms and gauges go on over restarts and crashes: what a page shows is in this file first.",
  ),
};
