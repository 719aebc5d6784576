import { valueText } from "../float.ts";
import { escapeValue } from "../label.ts";
import type {
  Encoder,
  Exemplar,
  FamilyHead,
  HistogramReading,
  LabelBytes,
  SeriesFacts,
  SummaryReading,
} from "./encoder.ts";
import type { Page } from "./page.ts";
import { nameText, SampleWriter } from "./sample-writer.ts";

const TOTAL = "_total";
const INFO = "_info";

/**
 * OpenMetrics 1.0 as text:
 *
 *     # TYPE hits counter
 *     # HELP hits Counter received over StatsD, since the server started.
 *     hits_total{route="/"} 3 # {trace_id="4bf9"} 1 1656581400.5
 *     hits_created{route="/"} 1656581000
 *     # EOF
 *
 * A counter whose name does not end in `_total`, or whose name without it is another family's, is shown as `unknown`: its
 * samples are then called as in the other formats, where a counter's would be renamed. The sum of a histogram is shown even
 * where samples were negative, which the specification would rather leave out, so that the series do not depend on the format.
 */
export class OpenMetricsEncoder implements Encoder {
  readonly passes = 1;
  readonly #page: Page;
  readonly #showsCreated: boolean;
  readonly #samples: SampleWriter;
  /** What stands behind the name of the family on a sample that shows the family's number. */
  #suffix = "";
  #hasCreated = false;

  constructor(page: Page, showsCreated: boolean) {
    this.#page = page;
    this.#showsCreated = showsCreated;
    this.#samples = new SampleWriter(page);
  }

  family({ name, type, help, unit, ownsCounterNames, ownsCreated }: FamilyHead): void {
    const isCounter = type === "counter";
    const isTotal = isCounter && ownsCounterNames && name.endsWith(TOTAL) && name.length > TOTAL.length;
    this.#suffix = isTotal ? TOTAL : type === "info" ? INFO : "";
    const family = name.slice(0, name.length - this.#suffix.length);
    const shown = nameText(family);
    const escaped = help.replace(/[\\\n"]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`));
    this.#page.text(`# TYPE ${shown} ${isCounter && !isTotal ? "unknown" : type}\n`);
    if (unit !== "" && family.endsWith(`_${unit}`)) this.#page.text(`# UNIT ${shown} ${unit}\n`);
    this.#page.text(`# HELP ${shown} ${escaped}\n`);
    this.#samples.family(family);
    this.#hasCreated = this.#showsCreated && ownsCreated && (isTotal || type === "histogram" || type === "summary");
  }

  value(labels: LabelBytes, value: number, facts: SeriesFacts): void {
    this.#samples.sample(this.#suffix, labels, value);
    const { exemplar } = facts;
    this.#page.text(exemplar !== undefined && this.#suffix === TOTAL ? `${exemplarText(exemplar)}\n` : "\n");
    this.#created(labels, facts);
  }

  histogram(labels: LabelBytes, reading: HistogramReading, facts: SeriesFacts): void {
    const { boundTexts, bounds, counts, count, sum } = reading;
    const { exemplar } = facts;
    const place = exemplar === undefined ? -1 : bucketOf(bounds, exemplar.value);
    const behind = exemplar === undefined ? "" : exemplarText(exemplar);
    for (let index = 0; index < bounds.length; index += 1) {
      const more = index === place ? behind : "";
      this.#samples.labelled("_bucket", labels, "le", boundTexts[index] as string, counts[index] as number, more);
    }
    this.#samples.labelled("_bucket", labels, "le", "+Inf", count, place === bounds.length ? behind : "");
    this.#totals(labels, sum, count, facts);
  }

  summary(labels: LabelBytes, { quantileTexts, values, count, sum }: SummaryReading, facts: SeriesFacts): void {
    for (let index = 0; index < quantileTexts.length; index += 1) {
      this.#samples.labelled("", labels, "quantile", quantileTexts[index] as string, values[index] as number);
    }
    this.#totals(labels, sum, count, facts);
  }

  gone(): void {}

  passEnd(): void {}

  end(): void {
    this.#page.text("# EOF\n");
  }

  #totals(labels: LabelBytes, sum: number, count: number, facts: SeriesFacts): void {
    this.#samples.line("_sum", labels, sum);
    this.#samples.line("_count", labels, count);
    this.#created(labels, facts);
  }

  #created(labels: LabelBytes, { createdMs }: SeriesFacts): void {
    if (this.#hasCreated && createdMs > 0) this.#samples.line("_created", labels, createdMs / 1000);
  }
}

/** The first bucket that holds a value; `bounds.length` is that of `+Inf`. */
export function bucketOf(bounds: readonly number[], value: number): number {
  const index = bounds.findIndex((bound) => value <= bound);
  return index < 0 ? bounds.length : index;
}

/** ` # {trace_id="4bf9"} 1 1656581400.5` */
function exemplarText({ labels, value, timeMs }: Exemplar): string {
  const inner = labels.map(([key, text]) => `${key}="${escapeValue(text)}"`).join(",");
  return ` # {${inner}} ${valueText(value)} ${timeMs / 1000}`;
}
