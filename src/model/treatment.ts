/** How Prometheus shows a series, where a mapping says so. Every field that is undefined is as configured for all series. */
export interface Treatment {
  readonly help: string | undefined;
  /** A series that is idle longer is not shown; 0 = shown for ever. */
  readonly ttlMs: number | undefined;
  /** What is shown is what was received times this; classic bounds are compared with the product. */
  readonly scale: number;
  readonly quantiles: readonly number[] | undefined;
  /** The sliding window of the quantiles. */
  readonly windowMs: number | undefined;
  readonly ageBuckets: number | undefined;
  /** Growth from one native bucket to the next, at most; 0 = no native histogram. */
  readonly nativeFactor: number | undefined;
  readonly nativeBucketsMax: number | undefined;
}

/** Of series that no mapping has a word about. */
export const PLAIN: Treatment = {
  help: undefined,
  ttlMs: undefined,
  scale: 1,
  quantiles: undefined,
  windowMs: undefined,
  ageBuckets: undefined,
  nativeFactor: undefined,
  nativeBucketsMax: undefined,
};

/** What a mapping says of one series. Other outputs pass over it: they show the series as it came. */
export interface OnPrometheus {
  /** Number of the rule that fitted; -1 where none did and only defaults speak here. */
  readonly rule: number;
  /** The rule says that Prometheus does not show the series. */
  readonly isDropped: boolean;
  /** As it stands, whatever the naming; undefined = made from the name of the series. "" where a template came out empty. */
  readonly name: string | undefined;
  /** Instead of the tags and the host of the series; undefined = those. */
  readonly tags: readonly string[] | undefined;
  /** Labels with valid keys; they beat tags of the same label, unless `tagsWin`. */
  readonly labels: readonly (readonly [key: string, value: string])[];
  readonly tagsWin: boolean;
  /** Undefined = as configured. */
  readonly treatment: Treatment | undefined;
}
