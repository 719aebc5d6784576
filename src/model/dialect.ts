/** Ways in which clients put tags into the name, beside DogStatsD's own tag section. */
export const NAME_DIALECTS = ["signalfx", "librato", "influxdb", "graphite"] as const;
export type NameDialect = (typeof NAME_DIALECTS)[number];

/**
 * `auto`: read where the line has no tag section and every part is a `key=value`; a name that merely holds the character
 * stays as it was sent. `true`: always read, as statsd_exporter does, and parts that are no `key=value` are left out.
 * `false`: the character belongs to the name, as in the DogStatsD Agent.
 */
export type DialectMode = "auto" | "true" | "false";

export interface Dialects extends Readonly<Record<NameDialect, DialectMode>> {
  /** False: tag sections (`|#…`) are passed over. */
  readonly dogstatsd: boolean;
}

/** What is right for most: names of DogStatsD clients stay whole, names of the others are read. */
export const DIALECTS_DEFAULT: Dialects = {
  dogstatsd: true,
  signalfx: "auto",
  librato: "auto",
  influxdb: "auto",
  graphite: "auto",
};
