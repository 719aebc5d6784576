import { assert } from "../std/assert.ts";
import type { Clock } from "../std/clock.ts";
import { createTally } from "../core/tally.ts";
import type { Layout } from "../model/layout.ts";
import type { DatadogDeps } from "./datadog/datadog.ts";
import type { DatadogOptions } from "./datadog/options.ts";
import type { HdrLogOptions } from "./hdr-log/options.ts";
import type { Output, Sink } from "./output.ts";
import type { LifetimeOptions, PrometheusOptions } from "./prometheus/options.ts";
import { createPrometheusOutput } from "./prometheus/prometheus.ts";
import type { PrometheusOutput } from "./prometheus/prometheus.ts";
import type { RemoteWriteOptions } from "./remote-write/options.ts";

/** What the configuration says about outputs; each has its own part. */
export interface OutputSettings {
  readonly prometheus: Omit<PrometheusOptions, "layouts"> & { readonly enabled: boolean };
  readonly lifetime: LifetimeOptions;
  readonly remoteWrite: Omit<RemoteWriteOptions, "userAgent"> & { readonly enabled: boolean };
  readonly datadog: Omit<DatadogOptions, "layouts" | "userAgent"> & { readonly enabled: boolean };
  /** undefined: there is none. */
  readonly hdrLog: Omit<HdrLogOptions, "layouts"> | undefined;
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
  readonly create: (settings: OutputSettings, tools: OutputTools) => Promise<Output>;
}

/**
 * Every output that numbers are pushed to: a new one is a folder beside this file and a row here. Each is loaded only where it is
 * turned on: with what they depend on they are some 25 MB of a process that only serves a page.
 */
const PUSHED: readonly Row[] = [
  {
    isEnabled: ({ datadog }) => datadog.enabled,
    async create({ datadog }, { layouts, userAgent, log }) {
      const { createDatadogOutput, systemDeps } = await import("./datadog/datadog.ts");
      return createDatadogOutput({ ...datadog, layouts, userAgent }, systemDeps(log, datadog));
    },
  },
  {
    isEnabled: ({ hdrLog }) => hdrLog !== undefined,
    async create({ hdrLog }, { layouts, clock, log }) {
      const { createHdrLogOutput, systemHdrLogDeps } = await import("./hdr-log/hdr-log.ts");
      assert(hdrLog !== undefined, "an output that is made has options");
      return createHdrLogOutput({ ...hdrLog, layouts }, systemHdrLogDeps({ clock, log, random: Math.random }));
    },
  },
];

export interface Outputs {
  /** Those that get the numbers. */
  readonly fed: readonly Output[];
  /** Those and the second deliveries of what they hold: all that live by the intervals. */
  readonly sinks: readonly Sink[];
  /** The page for scrapers. It is always there: where it is not fed, it shows the self-metrics only. */
  readonly page: PrometheusOutput;
}

/** Makes every output that the settings turn on. */
export async function createOutputs(settings: OutputSettings, tools: OutputTools): Promise<Outputs> {
  const { clock, layouts, log } = tools;
  const { prometheus, remoteWrite, lifetime } = settings;
  const enabled = PUSHED.filter((row) => row.isEnabled(settings));
  const pushed = await Promise.all(enabled.map((row) => row.create(settings, tools)));
  const isFed = prometheus.enabled || remoteWrite.enabled;
  const projection = createPrometheusOutput(
    { ...prometheus, layouts, ...(isFed && { lifetime }) },
    { createTally, clock, log },
  );
  const fed = isFed ? [projection, ...pushed] : pushed;
  const second = remoteWrite.enabled ? [await createRemoteWrite(remoteWrite, projection, tools)] : [];
  // Where the page is to show no series although they are pushed, it is one that is not fed.
  const isHidden = remoteWrite.enabled && !prometheus.enabled;
  const page = isHidden ? createPrometheusOutput({ ...prometheus, layouts }, { createTally, clock }) : projection;
  return { page, fed, sinks: [...fed, ...second] };
}

async function createRemoteWrite(
  options: OutputSettings["remoteWrite"],
  projection: PrometheusOutput,
  { clock, log, userAgent }: OutputTools,
): Promise<Sink> {
  const { RemoteWrite, remoteWriteDeps } = await import("./remote-write/remote-write.ts");
  const system = { log, random: Math.random, now: clock.nowMs, monotonicMs: clock.monotonicMs };
  return new RemoteWrite({ ...options, userAgent }, projection.view, remoteWriteDeps(system, options));
}
