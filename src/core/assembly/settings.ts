/** What a tally was made with, and its clock. One instance of the module is one tally, so these are globals. */

/** 0 = auto, 1 = absolute, 2 = step; see DESIGN's gauge rule in src/README.md. */
export let gaugeSign: i32 = 0;
/** 0 where the `T` field is ignored, as with the Agent's `dogstatsd_no_aggregation_pipeline: false`. */
export let readsTimestamps: bool = true;
/** True where `c:`, `e:` and `card:` are a part of the key, because they become tags. */
export let readsOrigin: bool = false;
/** True where the last line of a datagram must end in LF too, as with the Agent's `dogstatsd_eol_required`. */
export let requiresEnd: bool = false;
export let keysMax: u32 = 0xffff_ffff;
export let keyBytesMax: u32 = 8192;
/** Windowed quantiles: age buckets per histogram and the time that one covers; 0 ms = no window. */
export let ages: u32 = 1;
export let ageMs: f64 = 0;
/** True where histograms with classic bounds keep the counts of those bounds only. */
export let boundsSuffice: bool = false;
/** True where histograms with classic bounds keep all their samples in one distribution, whatever the window. */
export let boundedWhole: bool = false;
/** Unix ms; moves by `setClock` only. */
export let clock: f64 = 0;

export function settingsInit(
  sign: i32,
  timestamps: bool,
  origin: bool,
  lineEnds: bool,
  keys: u32,
  keyBytes: u32,
  ageCount: u32,
  age: f64,
  bounds: bool,
  whole: bool,
): void {
  gaugeSign = sign;
  readsTimestamps = timestamps;
  readsOrigin = origin;
  requiresEnd = lineEnds;
  keysMax = keys;
  keyBytesMax = keyBytes;
  ages = ageCount;
  ageMs = age;
  boundsSuffice = bounds;
  boundedWhole = whole;
}

/** For a set of rules with other wants; keys that were read under the earlier ones must be bound anew. */
export function setReadsOrigin(origin: bool): void {
  readsOrigin = origin;
}

/**
 * The time that gauges are stamped with: the clock, but later after each drain than before it, so that of two deltas
 * of one tally the second always wins, even within a millisecond.
 */
export let stamp: f64 = 0;
let stampMin: f64 = 0;
/** A microsecond: four times the step of float64 at present Unix milliseconds. */
const STAMP_STEP: f64 = 0.001;

export function setClock(nowMs: f64): void {
  clock = nowMs;
  stamp = max(nowMs, stampMin);
}

export function advanceStamp(): void {
  stampMin = stamp + STAMP_STEP;
  stamp = stampMin;
}
