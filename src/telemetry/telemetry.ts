import type { Status } from "../model/status.ts";
import { createDefaultMetrics } from "./defaults.ts";
import { createEventLoopMonitor } from "./event-loop.ts";
import type { SelfFamily } from "./family.ts";
import { METRICS } from "./metrics.ts";
import type { MetricRow, Reading } from "./metrics.ts";

export interface Telemetry {
  /** All self-metrics, read now: those of the table, then the process's and Node's. */
  families(): Promise<SelfFamily[]>;
  /** Stops the timers. */
  close(): void;
}

/** The self-metrics of this process; made once. */
export function createTelemetry(readStatus: () => Status): Telemetry {
  const eventLoop = createEventLoopMonitor();
  const readDefaults = createDefaultMetrics();
  return {
    families: async () => {
      const reading: Reading = { status: readStatus(), eventLoop: eventLoop.read() };
      return [...METRICS.map((row) => familyOf(row, reading)), ...(await readDefaults())];
    },
    close: () => eventLoop.close(),
  };
}

/** A row of the table with its current samples. */
export function familyOf({ name, type, labels, meaning, read }: MetricRow, reading: Reading): SelfFamily {
  const samples = read(reading).map(([values, value]) => ({
    labels: labels.map((label, index): [string, string] => [label, values[index] ?? ""]),
    value,
  }));
  return { name, type, help: meaning, samples };
}
