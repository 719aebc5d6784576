import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readExporterFlags } from "../../src/cli/exporter-flags.ts";
import { readPolicy } from "../../src/cli/policy.ts";
import { loadSettings } from "../../src/cli/settings.ts";
import type { Config } from "../../src/config/config.ts";
import { formatError } from "../../src/config/given.ts";
import { createTally } from "../../src/core/tally.ts";
import { createFeed } from "../../src/flush/feed.ts";
import { createPrometheusOutput } from "../../src/output/prometheus/prometheus.ts";
import { createIntake } from "../../src/shard/intake.ts";
import { parseExposition } from "../support/exposition.ts";
import type { ParsedFamily } from "../support/exposition.ts";
import { manualClock } from "../support/manual-clock.ts";
import { shardOptions } from "../support/shard-options.ts";
import type { MappingVector } from "./mapping-vector.ts";

/** What became of a case: its configuration was refused, or this is its page. */
export type Outcome =
  | { readonly type: "refused"; readonly errors: string }
  | { readonly type: "page"; readonly families: ReadonlyMap<string, ParsedFamily> };

/** The command line of a case. */
export function argumentsOf(vector: MappingVector, mappingFile: string): string[] {
  const flags = Object.entries(vector.flags).map(([flag, value]) => {
    if (typeof value === "boolean") return value ? `--${flag}` : `--no-${flag}`;
    return `--${flag}=${String(value)}`;
  });
  // Some flag must say that this is statsd_exporter's command line.
  return [`--statsd.mapping-config=${vector.config === null ? "" : mappingFile}`, ...flags];
}

export function datagramsOf({ input, input_b64 }: MappingVector): Uint8Array[] {
  return (input_b64?.map((text) => Buffer.from(text, "base64")) ?? []).concat(input.map((text) => Buffer.from(text)));
}

/** Runs a case through everything but threads and sockets: command line, rules, core, policy, projection, page. */
export async function runCase(vector: MappingVector): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "tallyd-mapping-"));
  try {
    const path = join(folder, "mapping.yml");
    writeFileSync(path, vector.config ?? "");
    const settings = loadSettings({ exporter: readExporterFlags(argumentsOf(vector, path), { hasIPv6: false }) }, {});
    if (!settings.ok) return { type: "refused", errors: settings.error.map(formatError).join("\n") };
    return { type: "page", families: await page(settings.value.config, vector) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function page(config: Config, vector: MappingVector): Promise<ReadonlyMap<string, ParsedFamily>> {
  const clock = manualClock();
  const { policy, layouts, problems } = readPolicy(config);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const { gaugeSign, dialects, readsTimestamps } = config;
  const options = shardOptions({ ...config.limits, policy, layouts, gaugeSign, dialects, readsTimestamps });
  const intake = createIntake(options, clock.nowMs);
  const output = createPrometheusOutput({ ...config.prometheus, layouts }, { createTally, clock });
  const feed = createFeed([output]);
  for (const datagram of datagramsOf(vector)) {
    intake.take(datagram, "", 0);
    await intake.drain(1, feed.merge, async () => {});
    clock.advance(20);
  }
  clock.advance(vector.scrape_after_ms ?? 0);
  output.tick(clock.nowMs());
  const pieces: Uint8Array[] = [];
  for await (const piece of output.render(undefined, []).pieces) pieces.push(piece.slice());
  return parseExposition(Buffer.concat(pieces), true);
}
