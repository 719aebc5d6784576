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

  test("every intended difference is that of a case", () => {
    const ids = new Set(MAPPING_VECTORS.map(({ id }) => id));
    expect([...DIFFERENCES.keys()].filter((id) => !ids.has(id))).toEqual([]);
  });
});
