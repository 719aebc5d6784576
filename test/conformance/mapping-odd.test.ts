import { describe, expect, test } from "vitest";
import type { ParsedFamily, ParsedSample } from "../support/exposition.ts";
import { MATCH_CASES, TEMPLATE_CASES, YAML_CASES } from "./mapping-odd-rules.ts";
import { LABEL_CASES, SHOWN_CASES } from "./mapping-odd-shown.ts";
import type { OddCase } from "./mapping-odd.ts";
import { runCase } from "./pipeline.ts";

/** The quantiles of statsd_exporter, which say nothing of their own here. */
const USUAL = new Set(["0.5", "0.9", "0.99"]);

/** A series of a page as one line: `name{labels} type numbers`. */
function seriesTexts({ name, type, samples }: ParsedFamily): string[] {
  const texts = new Map<string, string>();
  const quantiles = samples.flatMap(({ labels }) => (type === "summary" ? (labels.get("quantile") ?? []) : []));
  const isUsual = quantiles.every((quantile) => USUAL.has(quantile)) && quantiles.length % 3 === 0;
  // Count and sum first, then what they are made of.
  const order = (sample: ParsedSample): number => ["_count", "_sum"].indexOf(sample.name.slice(name.length)) >>> 0;
  for (const sample of samples.toSorted((left, right) => order(left) - order(right))) {
    const own = type === "summary" ? "quantile" : type === "histogram" ? "le" : "";
    const bound = sample.labels.get(own);
    const labels = [...sample.labels].filter(([label]) => label !== own).map(([label, value]) => `${label}="${value}"`);
    const key = `${name}${labels.length === 0 ? "" : `{${labels.sort().join(",")}}`}`;
    const what = sample.name.slice(name.length + 1);
    const isLeftOut = bound === "+Inf" || (own === "quantile" && bound !== undefined && isUsual);
    const text =
      bound === undefined ? `${what} ${sample.value}` : `${own === "le" ? "le " : ""}${Number(bound)}: ${sample.value}`;
    texts.set(key, `${texts.get(key) ?? type}${isLeftOut ? "" : ` ${text.trim()}`}`);
  }
  return [...texts].map(([key, text]) => `${key} ${text}`);
}

async function outcomeOf({ rules, flags = {}, lines }: OddCase): Promise<readonly string[] | { refused: string }> {
  const config = rules === undefined || !rules.startsWith("- ") ? (rules ?? null) : `mappings:\n${rules}\n`;
  const vector = { id: "odd", class: "quirk", expect: [], expect_config_error: false } as const;
  const outcome = await runCase({ ...vector, config, flags, input: lines });
  if (outcome.type === "refused") return { refused: outcome.errors };
  return [...outcome.families.values()].flatMap(seriesTexts).sort();
}

describe.each([
  { title: "YAML", cases: YAML_CASES },
  { title: "matching", cases: MATCH_CASES },
  { title: "templates", cases: TEMPLATE_CASES },
  { title: "labels", cases: LABEL_CASES },
  { title: "what is shown", cases: SHOWN_CASES },
])("odd mappings and lines: $title", ({ cases }) => {
  test.each(cases)("$what", async (odd) => {
    const outcome = await outcomeOf(odd);
    if (!("refused" in odd.want)) expect(outcome).toEqual([...odd.want].sort());
    // With the line that it is on.
    else expect(outcome).toEqual({ refused: expect.stringMatching(/line \d/) });
    if ("refused" in odd.want) expect(outcome).toEqual({ refused: expect.stringContaining(odd.want.refused) });
  });
});
