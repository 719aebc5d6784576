import type { Kind } from "../../src/model/kind.ts";
import type { Layout } from "../../src/model/layout.ts";
import type { Series } from "../../src/model/series.ts";
import type { Clock } from "../../src/std/clock.ts";
import type { Naming, PrometheusOptions } from "../../src/output/prometheus/options.ts";
import { createPrometheusOutput } from "../../src/output/prometheus/prometheus.ts";
import type { PageQuery } from "../../src/output/prometheus/query.ts";
import type { PrometheusOutput } from "../../src/output/prometheus/prometheus.ts";
import type { SelfFamily } from "../../src/telemetry/family.ts";
import { FakeTally } from "./fake-tally.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Options for tests, without `layouts`: gauges and sets go after 15 minutes, the others after a day; `exact` keeps all. */
export function prometheusDefaults(naming: Naming): Omit<PrometheusOptions, "layouts"> {
  const exact = naming === "exact";
  return {
    naming,
    quantiles: [0.5, 0.9, 0.99],
    timestamped: "drop",
    names: "legacy",
    createdSamples: false,
    zeroFirstMs: 0,
    targetInfo: false,
    lastSeen: "off",
    native: { mode: "off", bucketsMax: 160 },
    valuelessTags: exact ? "drop" : "true",
    globalTags: [],
    windowMs: 10 * MINUTE_MS,
    ageBuckets: 5,
    ttlMs: exact
      ? { counter: 0, gauge: 0, set: 0, histogram: 0 }
      : { counter: 24 * HOUR_MS, gauge: 15 * MINUTE_MS, set: 15 * MINUTE_MS, histogram: 24 * HOUR_MS },
    seriesMax: 1_000_000,
  };
}

/** 0: no bounds; 1: bounds for plain values; 2: the same bounds, in seconds, for timers. */
export const LAYOUTS: readonly Layout[] = [
  { digits: 2, bounds: [], thresholds: [] },
  { digits: 2, bounds: [0.5, 1, 1e6], thresholds: [0.5, 1, 1e6] },
  { digits: 2, bounds: [0.5, 1, 1e6], thresholds: [500, 1000, 1e9] },
];

export const START_MS = 1_700_000_000_000;

/** A series with defaults, tags sorted as the model promises. */
export function seriesOf(name: string, kind: Kind, tags: readonly string[] = [], more: Partial<Series> = {}): Series {
  return { name, kind, tags: [...tags].sort(), host: undefined, layout: 0, ...more };
}

/** An output over a fake tally, with a clock that the test moves. */
export class Bench {
  readonly output: PrometheusOutput;
  tally!: FakeTally;
  nowMs = START_MS;
  #monotonicMs = 0;
  /** What each look at the monotonic clock costs; large values make a render give way at each look. */
  stepMs = 0;

  constructor(options: Partial<PrometheusOptions> & { naming?: Naming } = {}) {
    const clock: Clock = {
      nowMs: () => this.nowMs,
      monotonicMs: () => (this.#monotonicMs += this.stepMs),
      after: () => () => {},
    };
    const full = { ...prometheusDefaults(options.naming ?? "conventional"), layouts: LAYOUTS, ...options };
    this.output = createPrometheusOutput(full, {
      clock,
      createTally: (tallyOptions) => {
        this.tally = new FakeTally(tallyOptions);
        return this.tally.tally;
      },
    });
  }

  /** Binds a series and feeds it; answers its cell. */
  send(series: Series, ...values: (number | string)[]): number {
    const cell = this.output.bind(series);
    for (const value of values) this.tally.add(cell, value);
    return cell;
  }

  advance(ms: number): void {
    this.nowMs += ms;
    this.output.tick(this.nowMs);
  }

  async page(own: readonly SelfFamily[] = [], accept?: string, query?: PageQuery): Promise<string> {
    return (await this.bytes(own, accept, query)).toString("utf8");
  }

  async bytes(own: readonly SelfFamily[] = [], accept?: string, query?: PageQuery): Promise<Buffer> {
    return joined(this.output.render(accept, own, undefined, query).pieces);
  }

  /** The page's samples, without HELP and TYPE. */
  async samples(): Promise<string[]> {
    return (await this.page()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  }
}

/** A page's pieces as one: each is copied, since its memory is used again. */
export async function joined(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const piece of pieces) copies.push(Buffer.from(piece));
  return Buffer.concat(copies);
}
