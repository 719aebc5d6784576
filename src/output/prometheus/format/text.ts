import { valueText } from "../float.ts";
import type { FamilyType } from "../shape.ts";
import type { Encoder, HistogramReading, Page, SummaryReading } from "./encoder.ts";

/**
 * The text format 0.0.4:
 *
 *     # HELP wait_seconds Timer received over StatsD, in seconds.
 *     # TYPE wait_seconds histogram
 *     wait_seconds_bucket{route="/",le="0.5"} 3
 *     wait_seconds_bucket{route="/",le="+Inf"} 4
 *     wait_seconds_sum{route="/"} 2.25
 *     wait_seconds_count{route="/"} 4
 */
export class TextEncoder004 implements Encoder {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  family(name: string, type: FamilyType, help: string): void {
    const escaped = help.replace(/[\\\n]/g, (character) => (character === "\n" ? "\\n" : "\\\\"));
    this.#page.add(`# HELP ${name} ${escaped}\n# TYPE ${name} ${type}\n`);
  }

  value(series: string, value: number): void {
    this.#page.add(`${series} ${valueText(value)}\n`);
  }

  histogram(name: string, series: string, { bounds, counts, count, sum }: HistogramReading): void {
    const bucket = `${name}_bucket{${withMore(name, series)}le="`;
    for (let index = 0; index < bounds.length; index += 1) {
      this.#page.add(`${bucket}${bounds[index]}"} ${valueText(counts[index] as number)}\n`);
    }
    this.#page.add(`${bucket}+Inf"} ${valueText(count)}\n`);
    this.#totals(name, series, sum, count);
  }

  summary(name: string, series: string, { quantiles, values, count, sum }: SummaryReading): void {
    const quantile = `${name}{${withMore(name, series)}quantile="`;
    for (let index = 0; index < quantiles.length; index += 1) {
      this.#page.add(`${quantile}${quantiles[index]}"} ${valueText(values[index] as number)}\n`);
    }
    this.#totals(name, series, sum, count);
  }

  end(): void {}

  #totals(name: string, series: string, sum: number, count: number): void {
    const labels = series.slice(name.length);
    this.#page.add(`${name}_sum${labels} ${valueText(sum)}\n${name}_count${labels} ${valueText(count)}\n`);
  }
}

/** `a="1",` from `name{a="1"}`, ready for one more label; "" from a bare name. */
function withMore(name: string, series: string): string {
  return series.length === name.length ? "" : `${series.slice(name.length + 1, -1)},`;
}
