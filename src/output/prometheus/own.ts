import type { SelfFamily, SelfSample } from "../../telemetry/family.ts";
import { labelFloatText } from "./float.ts";
import type { PageFilter } from "./filter.ts";
import type { Encoder, SeriesFacts } from "./format/encoder.ts";
import { labelText } from "./label.ts";
import { labelBytes } from "./row-labels.ts";

const NO_FACTS: SeriesFacts = { createdMs: NaN, exemplar: undefined };
const DERIVED = ["_bucket", "_sum", "_count"];

/** Writes one of this server's own metrics. */
export function writeOwn(encoder: Encoder, family: SelfFamily, filter: PageFilter | undefined): void {
  const { name, type, help } = family;
  const names = type === "histogram" ? [name, ...DERIVED.map((suffix) => name + suffix)] : [name];
  if (filter !== undefined && !filter.takesFamily(names)) return;
  const test = filter?.seriesTest(names);
  const samples = family.samples
    .map(({ labels, value }) => ({ value, labels: labelBytes(labelText(labels).slice(1, -1)) }))
    .filter(({ labels }) => test === undefined || test(labels));
  if (samples.length === 0) return;
  encoder.family({ name, type, help, unit: "", ownsCounterNames: true, ownsCreated: false });
  for (let pass = 0; pass < encoder.passes; pass += 1) {
    for (const { labels, value } of samples) writeSample(encoder, labels, value);
    encoder.passEnd();
  }
}

function writeSample(encoder: Encoder, labels: ReturnType<typeof labelBytes>, value: SelfSample["value"]): void {
  if (typeof value === "number") encoder.value(labels, value, NO_FACTS);
  else
    encoder.histogram(labels, { ...value, boundTexts: value.bounds.map(labelFloatText), native: undefined }, NO_FACTS);
}

/** The tags that all series would have, on one series of its own. `labels` are without braces. */
export function writeTargetInfo(encoder: Encoder, labels: string, filter: PageFilter | undefined): void {
  const names = ["target_info"];
  if (filter !== undefined && !filter.takesFamily(names)) return;
  const bytes = labelBytes(labels);
  if (filter?.seriesTest(names)?.(bytes) === false) return;
  const help = "Tags of everything that this server shows.";
  encoder.family({ name: "target_info", type: "info", help, unit: "", ownsCounterNames: false, ownsCreated: false });
  for (let pass = 0; pass < encoder.passes; pass += 1) {
    encoder.value(bytes, 1, NO_FACTS);
    encoder.passEnd();
  }
}
