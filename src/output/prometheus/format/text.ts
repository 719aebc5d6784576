import type { Encoder, FamilyHead, HistogramReading, LabelBytes, SummaryReading } from "./encoder.ts";
import type { Page } from "./page.ts";
import { nameText, SampleWriter } from "./sample-writer.ts";

/**
 * The text format 0.0.4, and 1.0.0, which differs by names that are quoted:
 *
 *     # HELP wait_seconds Timer received over StatsD, in seconds.
 *     # TYPE wait_seconds histogram
 *     wait_seconds_bucket{route="/",le="0.5"} 3
 *     wait_seconds_bucket{route="/",le="+Inf"} 4
 *     wait_seconds_sum{route="/"} 2.25
 *     wait_seconds_count{route="/"} 4
 *
 *     # TYPE "wait.seconds" gauge
 *     {"wait.seconds",route="/"} 2
 */
export class PlainTextEncoder implements Encoder {
  readonly passes = 1;
  readonly #page: Page;
  readonly #samples: SampleWriter;

  constructor(page: Page) {
    this.#page = page;
    this.#samples = new SampleWriter(page);
  }

  family({ name, type, help }: FamilyHead): void {
    const shown = nameText(name);
    const escaped = help.replace(/[\\\n]/g, (character) => (character === "\n" ? "\\n" : "\\\\"));
    this.#page.text(`# HELP ${shown} ${escaped}\n# TYPE ${shown} ${type === "info" ? "gauge" : type}\n`);
    this.#samples.family(name);
  }

  value(labels: LabelBytes, value: number): void {
    this.#samples.line("", labels, value);
  }

  histogram(labels: LabelBytes, { boundTexts, counts, count, sum }: HistogramReading): void {
    for (let index = 0; index < boundTexts.length; index += 1) {
      this.#samples.labelled("_bucket", labels, "le", boundTexts[index] as string, counts[index] as number);
    }
    this.#samples.labelled("_bucket", labels, "le", "+Inf", count);
    this.#samples.line("_sum", labels, sum);
    this.#samples.line("_count", labels, count);
  }

  summary(labels: LabelBytes, { quantileTexts, values, count, sum }: SummaryReading): void {
    for (let index = 0; index < quantileTexts.length; index += 1) {
      this.#samples.labelled("", labels, "quantile", quantileTexts[index] as string, values[index] as number);
    }
    this.#samples.line("_sum", labels, sum);
    this.#samples.line("_count", labels, count);
  }

  gone(): void {}

  passEnd(): void {}

  end(): void {}
}
