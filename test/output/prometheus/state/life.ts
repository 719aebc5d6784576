import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { createTally, NO_CELL } from "../../../../src/core/tally.ts";
import { kindRow } from "../../../../src/model/kind.ts";
import type { Kind } from "../../../../src/model/kind.ts";
import type { Layout } from "../../../../src/model/layout.ts";
import type { Series } from "../../../../src/model/series.ts";
import type { LifetimeOptions, PrometheusOptions } from "../../../../src/output/prometheus/options.ts";
import { createPrometheusOutput } from "../../../../src/output/prometheus/prometheus.ts";
import type { PrometheusOutput } from "../../../../src/output/prometheus/prometheus.ts";
import { joined, LAYOUTS, prometheusDefaults, seriesOf } from "../../../support/prometheus.ts";
import { recorder } from "../../datadog/rig.ts";

export const HOUR_MS = 3_600_000;
export const START_MS = 1_700_000_000_000;

/** Where the state file of a test lies. */
export const place = { folder: "", path: "" };

const lives: Life[] = [];

beforeEach(() => {
  place.folder = mkdtempSync(join(tmpdir(), "tallyd-state-"));
  place.path = join(place.folder, "state");
});
afterEach(async () => {
  // Also those that a test takes for killed, because their files are open.
  for (const life of lives.splice(0)) await life.output.close(0);
  rmSync(place.folder, { recursive: true });
});

/** What is other than by default. */
export interface LifeOptions extends Partial<LifetimeOptions> {
  readonly layouts?: readonly Layout[];
  readonly options?: Partial<PrometheusOptions>;
}

interface Sent {
  readonly series: Series;
  /** As the shard knows the series. */
  readonly raw: string;
  readonly theirs: number;
  ours: number;
}

/** A process's life: an output over a real tally, and the tally of a shard that feeds it. */
export class Life {
  nowMs: number;
  /** What each look at the monotonic clock costs: large values make writers and pages give way at each look. */
  stepMs = 0.01;
  readonly output: PrometheusOutput;
  readonly lines: string[];
  readonly #shard = createTally(
    { layouts: LAYOUTS },
    { bind: () => this.#bound, special: () => 0, reject: () => undefined },
  );
  readonly #sent = new Map<string, Sent>();
  #bound = 0;

  constructor(nowMs: number, { layouts = LAYOUTS, options = {}, ...lifetime }: LifeOptions = {}) {
    this.nowMs = nowMs;
    const { log, lines } = recorder();
    this.lines = lines;
    let monotonicMs = 0;
    const clock = { nowMs: () => this.nowMs, monotonicMs: () => (monotonicMs += this.stepMs), after: () => () => {} };
    const all = {
      ...prometheusDefaults("conventional"),
      layouts,
      lifetime: { remainsMax: 1000, stateFile: place.path, ...lifetime },
      ...options,
    };
    this.output = createPrometheusOutput(all, { createTally, clock, log });
    this.#source = this.output.tally.source();
    lives.push(this);
  }

  readonly #source: ReturnType<PrometheusOutput["tally"]["source"]>;

  /** One sample of a series, all the way from the shard. */
  send(
    name: string,
    kind: Kind,
    value: number | string,
    tags: readonly string[] = [],
    more: Partial<Series> = {},
  ): void {
    const { raw, ours, theirs } = this.#seriesOf(seriesOf(name, kind, tags, more));
    this.#bound = theirs;
    const line = Buffer.from(`${raw}:${value}|${kindRow(kind).wire}`);
    this.#shard.heap.set(line, this.#shard.inputOffset);
    this.#shard.ingest(this.#shard.inputOffset, line.length);
    this.#source.map(theirs, ours);
    for (let part = this.#shard.drain(1 << 16); part.length > 0; part = this.#shard.drain(1 << 16))
      this.#source.merge(part);
  }

  /** A sample of a timer with bounds, in milliseconds. */
  time(name: string, value: number): void {
    this.send(name, "timer", value, [], { layout: 2 });
  }

  tick(ms: number): void {
    this.nowMs += ms;
    this.output.tick(this.nowMs);
  }

  /** Gives all cells back, as when a shard has forgotten its series. */
  forget(): void {
    for (const sent of this.#sent.values()) {
      if (sent.ours !== NO_CELL) this.output.unbind(sent.ours);
      this.#source.map(sent.theirs, NO_CELL);
    }
    this.#sent.clear();
  }

  async page(accept?: string): Promise<Buffer> {
    return joined(this.output.render(accept, []).pieces);
  }

  async samples(): Promise<string[]> {
    return (await this.page())
      .toString()
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
  }

  #seriesOf(series: Series): Sent {
    const key = JSON.stringify(series);
    const known = this.#sent.get(key);
    if (known !== undefined) return known;
    const raw = `s${this.#sent.size}`;
    const theirs = this.#shard.cellFor(series.kind, Buffer.from(key), series.layout);
    const sent = { series, raw, theirs, ours: this.output.bind(series) };
    this.#sent.set(key, sent);
    return sent;
  }
}
