import { createTally } from "../core/tally.ts";
import type { Config } from "../config/config.ts";
import { createFeed } from "../flush/feed.ts";
import type { Layout } from "../model/layout.ts";
import { createProjection } from "../output/datadog/projection.ts";
import { Slots } from "../output/datadog/slots.ts";
import { takeSnapshot, TYPE_RATE } from "../output/datadog/snapshot.ts";
import { createPrometheusOutput } from "../output/prometheus/prometheus.ts";
import type { Clock } from "../std/clock.ts";
import type { Trace } from "./trace.ts";

const NOTHING_ELSE = { specials: [], rejects: [], forgotten: [], traffic: undefined, memory: undefined };

/** The lines that a scrape would show if this were all that had come, and the reason for each series that is not shown. */
export async function previewPrometheus(
  trace: Trace,
  config: Config,
  layouts: readonly Layout[],
  clock: Clock,
): Promise<string[]> {
  const output = createPrometheusOutput({ ...config.prometheus, layouts }, { createTally, clock });
  createFeed([output]).merge({ ...NOTHING_ELSE, definitions: trace.definitions, bytes: trace.delta });
  const decoder = new TextDecoder();
  let page = "";
  for await (const piece of output.render(undefined, []).pieces) page += decoder.decode(piece, { stream: true });
  const lines = page.split("\n").filter((line) => line !== "" && !line.startsWith("# HELP"));
  const reasons = Object.entries(output.status().dropped).filter(([, count]) => count > 0);
  return [...lines, ...reasons.map(([reason]) => `not shown: ${reason}`)];
}

/** The points that a flush would send for this one line, one text each. */
export function previewDatadog(trace: Trace, config: Config, layouts: readonly Layout[]): string[] {
  const tally = createTally({ layouts });
  const projection = createProjection(config.datadog);
  const slots = new Slots(tally, projection, config.datadog.seriesMax);
  const source = tally.source();
  for (const { cell, series } of trace.definitions) source.map(cell, slots.bind(series));
  source.merge(trace.delta);
  const { counterExpirySeconds, intervalSeconds } = config.datadog;
  const snapshot = takeSnapshot(
    tally,
    slots,
    { startSeconds: 0, endSeconds: intervalSeconds },
    { ...projection, counterExpirySeconds },
  );
  const points = snapshot.series.map(({ slot, suffix, type, interval, value }) => {
    const what = type === TYPE_RATE ? `rate ${value} (interval ${interval})` : `gauge ${value}`;
    return `${slot.name}${suffix}  ${what}${placeOf(slot)}`;
  });
  const sketches = snapshot.sketches.map(
    ({ slot, sketch }) => `${slot.name}  distribution of ${sketch.count}, sum ${sketch.sum}${placeOf(slot)}`,
  );
  return [...points, ...sketches];
}

function placeOf({ host, tagsJson }: { readonly host: string; readonly tagsJson: string }): string {
  return `  host ${host === "" ? "(none)" : host}  tags ${tagsJson}`;
}
