import type { Clock } from "../std/clock.ts";
import { createTally } from "../core/tally.ts";
import type { Layout } from "../model/layout.ts";
import { createDatadogOutput, systemDeps } from "./datadog/datadog.ts";
import type { DatadogDeps } from "./datadog/datadog.ts";
import type { DatadogOptions } from "./datadog/options.ts";
import type { Output } from "./output.ts";
import type { PrometheusOptions } from "./prometheus/options.ts";
import { createPrometheusOutput } from "./prometheus/prometheus.ts";
import type { PrometheusOutput } from "./prometheus/prometheus.ts";

/** What the configuration says about outputs; each has its own part. */
export interface OutputSettings {
  readonly prometheus: Omit<PrometheusOptions, "layouts"> & { readonly enabled: boolean };
  readonly datadog: Omit<DatadogOptions, "layouts" | "userAgent"> & { readonly enabled: boolean };
}

export interface OutputTools {
  readonly layouts: readonly Layout[];
  /** For example `tallyd/0.1.0`. */
  readonly userAgent: string;
  readonly clock: Clock;
  readonly log: DatadogDeps["log"];
}

interface Row {
  readonly isEnabled: (settings: OutputSettings) => boolean;
  readonly create: (settings: OutputSettings, tools: OutputTools) => Output;
}

/** Every output that numbers are pushed to: a new one is a folder beside this file and a row here. */
const PUSHED: readonly Row[] = [
  {
    isEnabled: ({ datadog }) => datadog.enabled,
    create: ({ datadog }, { layouts, userAgent, log }) =>
      createDatadogOutput({ ...datadog, layouts, userAgent }, systemDeps(log, datadog)),
  },
];

export interface Outputs {
  /** Those that get the numbers. */
  readonly fed: readonly Output[];
  /** The page for scrapers. It is always there: where it is not fed, it shows the self-metrics only. */
  readonly page: PrometheusOutput;
}

/** Makes every output that the settings turn on. */
export function createOutputs(settings: OutputSettings, tools: OutputTools): Outputs {
  const { clock, layouts } = tools;
  const page = createPrometheusOutput({ ...settings.prometheus, layouts }, { createTally, clock });
  const pushed = PUSHED.filter((row) => row.isEnabled(settings)).map((row) => row.create(settings, tools));
  return { page, fed: settings.prometheus.enabled ? [page, ...pushed] : pushed };
}
