import { kindRow } from "../../model/kind.ts";
import type { KindRow } from "../../model/kind.ts";
import type { Series } from "../../model/series.ts";
import { PLAIN } from "../../model/treatment.ts";
import type { Treatment } from "../../model/treatment.ts";
import { labelFloatText } from "./float.ts";
import type { PrometheusOptions } from "./options.ts";

/** Unit of samples as they come. */
export type Unit = KindRow["unit"];

/** How the numbers of a series are shown. Few of them are shared by many series. */
export interface Look {
  /** What it was made of. */
  readonly unit: Unit;
  readonly treatment: Treatment | undefined;
  /** What is shown is what was received divided by this, then times the scale. */
  readonly divisor: 1 | 1000;
  readonly scale: number;
  /** Of the series' own, instead of its kind's; 0 = for ever. */
  readonly ttlMs: number | undefined;
  readonly quantiles: readonly number[];
  readonly quantileTexts: readonly string[];
  /** What a reading of the quantiles goes to; one reading at a time. */
  readonly quantileValues: Float64Array;
  /** Most buckets of a native histogram. */
  readonly nativeBucketsMax: number;
  /** Growth from one native bucket to the next that is wanted at most; undefined = as fine as there is. */
  readonly nativeFactor: number | undefined;
}

/** Numbers are 16 bits. Rules that are read again and again with new wishes come to be shown as if they had none. */
const LOOKS_MAX = 65_000;

/** Every look that a series has had: a table that only grows, by what a configuration says and not by traffic. */
export class LookTable {
  readonly looks: Look[] = [];
  readonly #options: Pick<PrometheusOptions, "quantiles" | "native">;
  readonly #numbers = new Map<string, number>();

  constructor(options: Pick<PrometheusOptions, "quantiles" | "native">) {
    this.#options = options;
  }

  /** The number of the look of a series. */
  numberOf({ kind, prometheus }: Pick<Series, "kind" | "prometheus">): number {
    return this.numberFor(kindRow(kind).unit, prometheus?.treatment);
  }

  /** The same, of what makes the look. */
  numberFor(unit: Unit, treatment: Treatment | undefined): number {
    // The help text is the family's.
    const key = treatment === undefined ? unit : unit + JSON.stringify({ ...treatment, help: undefined });
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (treatment !== undefined && this.looks.length > LOOKS_MAX) return this.numberFor(unit, undefined);
    const look = this.#make(unit, treatment);
    this.#numbers.set(key, this.looks.length);
    return this.looks.push(look) - 1;
  }

  /** A look as `wanted`, but of numbers that are in the unit and scale of `known`. */
  inScaleOf(known: number, wanted: number): number {
    const { unit, scale } = this.looks[known] as Look;
    const { treatment, ...other } = this.looks[wanted] as Look;
    if (unit === other.unit && scale === other.scale) return wanted;
    return this.numberFor(unit, { ...(treatment ?? PLAIN), scale });
  }

  #make(unit: Unit, given: Treatment | undefined): Look {
    const treatment = given ?? PLAIN;
    const quantiles = [...new Set(treatment.quantiles ?? this.#options.quantiles)].sort((left, right) => left - right);
    return {
      unit,
      treatment: given,
      divisor: unit === "ms" ? 1000 : 1,
      scale: treatment.scale,
      ttlMs: treatment.ttlMs,
      quantiles,
      quantileTexts: quantiles.map(labelFloatText),
      quantileValues: new Float64Array(quantiles.length),
      // Where a rule wants no native histogram and the family is one all the same, it is as if the rule said nothing.
      nativeFactor: treatment.nativeFactor || undefined,
      nativeBucketsMax: treatment.nativeBucketsMax || this.#options.native.bucketsMax,
    };
  }
}
