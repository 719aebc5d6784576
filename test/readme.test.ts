import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { agentVariables, keyTable } from "../src/config/reference.ts";
import { METRICS } from "../src/telemetry/metrics.ts";

const README = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** What stands between `<!-- name:begin -->` and `<!-- name:end -->`. */
function section(name: string): string {
  return new RegExp(`<!-- ${name}:begin -->([^]*)<!-- ${name}:end -->`).exec(README)?.[1]?.trim() ?? "";
}

test("the README's configuration table is the schema's", () => {
  const variables = `Of the Datadog Agent's environment, these are understood too: ${agentVariables()}.`;
  expect(section("config")).toBe(`${keyTable()}\n\n${variables}`);
});

test("every metric of tallyd that the README names exists", () => {
  const known = new Set(METRICS.map((metric) => metric.name));
  const named = [...README.matchAll(/\btallyd_[a-z_]+\b/g)].map(([name]) => name);
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});
