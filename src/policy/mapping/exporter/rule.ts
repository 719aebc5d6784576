import type { Kind } from "../../../model/kind.ts";
import type { Treatment } from "../../../model/treatment.ts";

export type Observer = "summary" | "histogram";

/** How histograms, timers and distributions are shown. */
export interface ObserverOptions {
  /** Undefined = as configured for all series. */
  readonly observer: Observer | undefined;
  /** Classic bounds: ascending, finite, not empty. Undefined = as configured. */
  readonly buckets: readonly number[] | undefined;
}

/** A rule of a mapping, checked; plain data, crosses to the shard threads. */
export interface ExporterRule extends ObserverOptions {
  readonly file: string;
  readonly line: number;
  readonly matchType: "glob" | "regex";
  readonly match: string;
  /** Kinds that the rule is for; undefined = all. */
  readonly kinds: readonly Kind[] | undefined;
  /** Every one must be there: key, and a pattern in which `*` is any text. */
  readonly matchTags: readonly (readonly [key: string, pattern: string])[];
  /** A regex that is asked before the globs. */
  readonly isFirst: boolean;
  readonly isDrop: boolean;
  /** Templates. */
  readonly name: string;
  readonly labels: readonly (readonly [key: string, value: string])[];
  readonly tagsWin: boolean;
  /** Keys of tags that Prometheus does not see; `*` is any text. */
  readonly dropTags: readonly string[];
  readonly renameTags: readonly (readonly [from: string, to: string])[];
  readonly treatment: Treatment;
}

/** Rules in the order of their files, and what holds where none fits. Plain data. */
export interface ExporterMapping {
  readonly rules: readonly ExporterRule[];
  readonly defaults: ObserverOptions & { readonly treatment: Treatment };
  /** False: of several globs that fit, the most specific one counts and not the first. */
  readonly isOrdered: boolean;
}
