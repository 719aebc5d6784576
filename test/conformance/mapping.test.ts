import { describe, expect, test } from "vitest";
import { differences } from "./mapping-page.ts";
import { DIFFERENCES } from "./mapping-tables.ts";
import { MAPPING_VECTORS } from "./mapping-vector.ts";
import type { MappingVector } from "./mapping-vector.ts";
import { runCase } from "./pipeline.ts";
import type { Outcome } from "./pipeline.ts";

/** How what became of a case differs from what should; "accepted" and "refused" are of configurations. */
function differenceOf(outcome: Outcome, vector: MappingVector): readonly string[] | "accepted" | "refused" {
  if (outcome.type === "refused") {
    return vector.expect_config_error || vector.alt_config_error === true ? [] : "refused";
  }
  if (vector.expect_config_error) return "accepted";
  const mode = vector.expect_mode ?? "all";
  const found = differences(outcome.families, vector.expect, mode);
  const other = vector.alt === undefined ? found : differences(outcome.families, vector.alt, mode);
  return other.length === 0 ? [] : found;
}

describe("statsd_exporter's cases, through everything but threads and sockets", () => {
  test.each(MAPPING_VECTORS)("$class $id", async (vector) => {
    const startMs = performance.now();
    const outcome = await runCase(vector);
    expect(differenceOf(outcome, vector)).toEqual(DIFFERENCES.get(vector.id)?.instead ?? []);
    if (vector.max_ms !== undefined) expect(performance.now() - startMs).toBeLessThan(vector.max_ms + 1_000);
  });

  test("max_age and age_buckets of a rule are its own, what it leaves out comes from defaults, and counts have no window", async () => {
    const config = `defaults: {summary_options: {max_age: 5m}}
mappings:
- {match: short, name: short, summary_options: {max_age: 30s, quantiles: [{quantile: 0.5, error: 0.01}]}}
- {match: long, name: long, summary_options: {max_age: 1h, quantiles: [{quantile: 0.5, error: 0.01}]}}
- {match: plain, name: plain, summary_options: {age_buckets: 2, quantiles: [{quantile: 0.5, error: 0.01}]}}
`;
    const input = ["short:2000|ms", "long:2000|ms", "plain:2000|ms"];
    const medianAfter = async (scrape_after_ms: number): Promise<unknown[]> => {
      const vector = { id: "own-window", class: "spec", flags: {}, expect: [], expect_config_error: false } as const;
      const outcome = await runCase({ ...vector, config, input, scrape_after_ms });
      if (outcome.type === "refused") throw new Error(outcome.errors);
      return ["short", "long", "plain"].map((name) => {
        const samples = outcome.families.get(name)?.samples ?? [];
        return [
          samples.find(({ labels }) => labels.has("quantile"))?.value,
          samples.find((sample) => sample.name === `${name}_count`)?.value,
        ];
      });
    };
    expect(await medianAfter(1_000)).toEqual([
      [2, 1],
      [2, 1],
      [2, 1],
    ]);
    expect(await medianAfter(60_000)).toEqual([
      [NaN, 1],
      [2, 1],
      [2, 1],
    ]);
    expect(await medianAfter(600_000)).toEqual([
      [NaN, 1],
      [2, 1],
      [NaN, 1],
    ]);
  });

  test("every intended difference is that of a case", () => {
    const ids = new Set(MAPPING_VECTORS.map(({ id }) => id));
    expect([...DIFFERENCES.keys()].filter((id) => !ids.has(id))).toEqual([]);
  });
});
