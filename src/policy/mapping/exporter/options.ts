import type { Observer } from "./rule.ts";
import type { Fields } from "./fields.ts";
import { fieldsOf, numberOf } from "./fields.ts";
import type { Reporter } from "./problem.ts";
import type { Entry } from "./yaml.ts";

/** What `summary_options`, `histogram_options` and their predecessors of up to v0.30.0 say; undefined = nothing. */
export interface Options {
  readonly quantiles: readonly number[] | undefined;
  readonly windowMs: number | undefined;
  readonly ageBuckets: number | undefined;
  readonly buckets: readonly number[] | undefined;
  readonly nativeFactor: number | undefined;
  readonly nativeBucketsMax: number | undefined;
  /** The section is there. The old places do not count: there, what the type has no use for is passed over. */
  readonly hasSummary: boolean;
  readonly hasHistogram: boolean;
}

const SUMMARY_KEYS = ["quantiles", "max_age", "age_buckets", "buf_cap"];
const HISTOGRAM_KEYS = ["buckets", "native_histogram_bucket_factor", "native_histogram_max_buckets"];
/** A core's layout keeps so many bounds; more would also be more series than any dashboard reads. */
const BUCKETS_MAX = 500;
const QUANTILES_MAX = 100;
/** What a core's layout has room for (`core/assembly/layout.ts`): 8 bits, and 32 bits of milliseconds in each. */
const AGE_BUCKETS_MAX = 255;
const MAX_AGE = { min: 1, max: 0xffff_ffff, zeroIsNone: true };

/**
 * Reads the options of a rule or of the defaults. The old places `buckets` and `quantiles` beside them are taken with a
 * warning; in a rule that has both it is an error, in defaults the new place wins: as in v0.30.0.
 */
export function readOptions(fields: Fields, report: Reporter, isDefaults: boolean): Options {
  const summary = nested(fields, "summary_options", SUMMARY_KEYS, report);
  const histogram = nested(fields, "histogram_options", HISTOGRAM_KEYS, report);
  const quantiles = placeOf(fields, summary, "quantiles", "summary_options", report, isDefaults);
  const buckets = placeOf(fields, histogram, "buckets", "histogram_options", report, isDefaults);
  // It plays no part here, but has to be what it is there.
  summary?.whole("buf_cap", 0, 0xffff_ffff);
  return {
    quantiles: quantiles && readQuantiles(quantiles, report),
    windowMs: summary?.duration("max_age", MAX_AGE),
    ageBuckets: summary?.whole("age_buckets", 1, AGE_BUCKETS_MAX),
    buckets: buckets && readBuckets(buckets, report),
    nativeFactor: readFactor(histogram, report),
    nativeBucketsMax: histogram?.whole("native_histogram_max_buckets", 0, 100_000),
    hasSummary: summary !== undefined,
    hasHistogram: histogram !== undefined,
  };
}

/** What goes together with which type; `own` is the type that the rule itself says. */
export function checkObserver(type: Observer | "" | undefined, options: Options, line: number, report: Reporter): void {
  if (type === "histogram" && options.hasSummary) {
    report.error(line, "is a histogram with summary_options", "write histogram_options, or observer_type: summary");
  }
  if (type === "summary" && options.hasHistogram) {
    report.error(line, "is a summary with histogram_options", "write summary_options, or observer_type: histogram");
  }
}

function nested(fields: Fields, key: string, known: readonly string[], report: Reporter): Fields | undefined {
  const entry = fields.entry(key);
  if (entry === undefined) return undefined;
  return fieldsOf(entry.value, `a section ${key}`, known, report);
}

function placeOf(
  fields: Fields,
  inside: Fields | undefined,
  key: string,
  group: string,
  report: Reporter,
  isDefaults: boolean,
): Entry | undefined {
  const old = fields.entry(key);
  const now = inside?.entry(key);
  if (old === undefined) return now;
  if (now !== undefined && !isDefaults) {
    report.error(old.line, `has ${key} both here and in ${group}`, `take this one out`);
  } else report.warn(old.line, `has ${key} in the place of old versions`, `write ${group}: {${key}: …}`);
  return now ?? old;
}

function readQuantiles({ value }: Entry, report: Reporter): readonly number[] | undefined {
  const remedy = "write quantiles: [{quantile: 0.99, error: 0.001}]";
  if (value.type !== "list") {
    report.error(value.line, "has quantiles that are no list", remedy);
    return undefined;
  }
  const quantiles: number[] = [];
  for (const item of value.items) {
    const fields = fieldsOf(item, "a quantile", ["quantile", "error"], report);
    const quantile = fields.number("quantile") ?? (fields.entry("quantile") === undefined ? 0 : undefined);
    // How far off a quantile may be follows from histogram.significant_digits here.
    fields.number("error");
    if (quantile === undefined) continue;
    if (!(quantile >= 0 && quantile <= 1)) {
      report.error(item.line, `has the quantile ${quantile}`, "write quantiles from 0 to 1: 0.99 and not 99");
    } else quantiles.push(quantile);
  }
  if (value.items.length > QUANTILES_MAX)
    report.error(value.line, "has too many quantiles", `write at most ${QUANTILES_MAX}`);
  return quantiles.length === 0 ? undefined : [...new Set(quantiles)].sort((left, right) => left - right);
}

function readBuckets({ value }: Entry, report: Reporter): readonly number[] | undefined {
  if (value.type !== "list") {
    report.error(value.line, "has buckets that are no list", "write buckets: [0.1, 0.5, 1]");
    return undefined;
  }
  const bounds: number[] = [];
  for (const item of value.items) {
    const bound = numberOf(item);
    if (bound === undefined || bound === -Infinity) {
      report.error(
        item.line,
        "has a bucket that is no number",
        "write upper bounds such as 0.5, in seconds for timers",
      );
      return undefined;
    }
    const before = bounds.at(-1);
    if (before !== undefined && bound <= before) {
      report.error(item.line, `has the bucket ${bound} behind ${before}`, "write ascending bounds, each once");
      return undefined;
    }
    bounds.push(bound);
  }
  // +Inf is always there.
  if (bounds.at(-1) === Infinity) bounds.pop();
  if (bounds.length > BUCKETS_MAX) report.error(value.line, "has too many buckets", `write at most ${BUCKETS_MAX}`);
  return bounds.length === 0 ? undefined : bounds;
}

/** As in client_golang: a factor of 1 or less means that there is no native histogram. */
function readFactor(fields: Fields | undefined, report: Reporter): number | undefined {
  const factor = fields?.number("native_histogram_bucket_factor");
  if (factor === undefined || factor === 0) return undefined;
  if (Number.isFinite(factor)) return factor > 1 ? factor : 0;
  report.error(fields?.line ?? 1, "has an infinite native_histogram_bucket_factor", "write 1.1");
  return undefined;
}
