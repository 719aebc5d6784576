import type { Treatment } from "../../../model/treatment.ts";
import type { Fields } from "./fields.ts";
import type { Options } from "./options.ts";
import type { Reporter } from "./problem.ts";
import type { Observer } from "./rule.ts";

/** What rules and defaults have in common. */

/** 0 is as if nothing was said; Go counts nanoseconds in 64 bits. */
export const TTL = { min: 0, max: 2 ** 63 / 1e6, zeroIsNone: true };

/** The type that a map says itself, with the alias of old versions; `observer_type` wins where both stand. */
export function readObserver(fields: Fields, report: Reporter): Observer | "" | undefined {
  const words = ["summary", "histogram", ""] as const;
  const old = fields.word("timer_type", words);
  if (fields.entry("timer_type") !== undefined) {
    report.warn(fields.lineOf("timer_type"), "has the timer_type of old versions", "write observer_type");
  }
  return fields.word("observer_type", words) ?? old;
}

/** What the options say, and where they say nothing what `base` says. */
export function treatmentOf(options: Options, base: Treatment): Treatment {
  return {
    ...base,
    quantiles: options.quantiles ?? base.quantiles,
    windowMs: options.windowMs ?? base.windowMs,
    ageBuckets: options.ageBuckets ?? base.ageBuckets,
    nativeFactor: options.nativeFactor ?? base.nativeFactor,
    nativeBucketsMax: options.nativeBucketsMax ?? base.nativeBucketsMax,
  };
}
