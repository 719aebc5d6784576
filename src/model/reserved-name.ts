/** Names of the page that a pushed series may not have, because what is shown under them would be somebody else's. */
export interface NamesKept {
  /** There is a `target_info`. */
  readonly targetInfo: boolean;
  /** Series have one beside them that tells when they were last updated. */
  readonly lastSeen: boolean;
}

/** What stands before and behind such a name instead; both "" for a name that is free. */
export interface Rename {
  readonly prefix: "" | "statsd_";
  readonly ending: "" | "_sent";
}

/** Prefixes of this server's own metrics and of those that Prometheus makes for each target. */
const PREFIXES = ["tallyd_", "process_", "nodejs_", "scrape_"];
const NAMES = new Set(["up"]);

/** Names that would meet `target_info`, or `target`, which is its family in OpenMetrics. */
const TARGET = /^target(_total|_created|_info.*)?$/;

/** Every name that the naming, or OpenMetrics, could make one with the suffix of last-seen gauges of. */
const LAST_SEEN = /_last_seen_timestamp(_seconds(_total)?)?$/;

/** True for a name that is this server's or Prometheus' own, whatever is configured. */
export function isReservedName(name: string): boolean {
  return NAMES.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** `name` is valid, without what a naming appends. */
export function renameReserved(name: string, { targetInfo, lastSeen }: NamesKept): Rename {
  return {
    prefix: isReservedName(name) || (targetInfo && TARGET.test(name)) ? "statsd_" : "",
    ending: lastSeen && LAST_SEEN.test(name) ? "_sent" : "",
  };
}
