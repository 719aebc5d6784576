import { collectDefaultMetrics, Registry } from "prom-client";
import type { SelfFamily, SelfSample } from "./family.ts";

/** A value as prom-client reports it; the type that it publishes leaves out `metricName`. */
interface LibraryValue {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  readonly metricName?: string;
}

/**
 * Left out: gauges that end in `_total`, which promtool calls an error, and the library's event-loop metrics, which
 * start anew at each read, so that two scrapers take each other's numbers (`event-loop.ts` does it without).
 */
const LEFT_OUT = /^nodejs_(?:active_\w+_total|eventloop_lag_\w+)$/;

/** Reads the `process_*` and `nodejs_*` metrics of this process. Call once per process: watchers stay until it ends. */
export function createDefaultMetrics(): () => Promise<SelfFamily[]> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const { name } of registry.getMetricsAsArray()) {
    if (LEFT_OUT.test(name)) registry.removeSingleMetric(name);
  }
  return async () => {
    const metrics = await registry.getMetricsAsJSON();
    return metrics.map(({ name, help, type, values }) => {
      // The library types this as an enum; at run time it is the word itself.
      const word = String(type);
      const kind = word === "counter" || word === "histogram" ? word : "gauge";
      const list = values as readonly LibraryValue[];
      return { name, help, type: kind, samples: kind === "histogram" ? histograms(name, list) : list.map(plain) };
    });
  };
}

function plain({ labels, value }: LibraryValue): SelfSample {
  return { labels: labelPairs(labels), value };
}

/** Puts the flat `_bucket`, `_sum` and `_count` values of a histogram family back together, a sample per label set. */
function histograms(name: string, values: readonly LibraryValue[]): SelfSample[] {
  const byLabels = new Map<
    string,
    { labels: [string, string][]; bounds: number[]; counts: number[]; count: number; sum: number }
  >();
  for (const {
    metricName,
    labels: { le, ...labels },
    value,
  } of values) {
    const pairs = labelPairs(labels);
    const key = JSON.stringify(pairs);
    const histogram = byLabels.get(key) ?? { labels: pairs, bounds: [], counts: [], count: 0, sum: 0 };
    byLabels.set(key, histogram);
    if (metricName === `${name}_sum`) histogram.sum = value;
    else if (metricName === `${name}_count`) histogram.count = value;
    else if (typeof le === "number") {
      histogram.bounds.push(le);
      histogram.counts.push(value);
    }
  }
  return [...byLabels.values()].map(({ labels, ...value }) => ({ labels, value }));
}

function labelPairs(labels: LibraryValue["labels"]): [string, string][] {
  return Object.entries(labels)
    .map(([key, value]): [string, string] => [key, String(value ?? "")])
    .filter(([, value]) => value !== "");
}
