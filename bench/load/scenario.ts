import type { MixPart } from "../../src/load/mix.ts";
import type { Scenario, SeriesTotal } from "../../src/load/scenario.ts";
import { makeScenario as make } from "../../src/load/scenario.ts";

/** Wire types that a scenario mixes, by share of the series. */
export const MIXES = {
  mixed: [
    { wire: "c", weight: 5 },
    { wire: "g", weight: 2 },
    { wire: "ms", weight: 2 },
    { wire: "s", weight: 1 },
  ],
  all: [
    { wire: "c", weight: 3 },
    { wire: "g", weight: 2 },
    { wire: "ms", weight: 2 },
    { wire: "h", weight: 1 },
    { wire: "d", weight: 1 },
    { wire: "s", weight: 1 },
  ],
  counters: [{ wire: "c", weight: 1 }],
  gauges: [{ wire: "g", weight: 1 }],
  sets: [{ wire: "s", weight: 1 }],
  timers: [{ wire: "ms", weight: 1 }],
} as const satisfies Record<string, readonly MixPart[]>;
export type Mix = keyof typeof MIXES;

export interface ScenarioOptions {
  readonly seed: number;
  readonly series: number;
  readonly mix: Mix;
  /** 0 = one line in each datagram, otherwise as many lines as fit into that many bytes. */
  readonly datagramBytes: number;
  /** Lines to make before the scenario repeats; every series has at least one line. */
  readonly lines: number;
  readonly prefix: string;
  /** Tags of every series; 2 when left out: lines of about 50 bytes, as a web service sends them. */
  readonly tags?: number;
  /** Names that the series share; each has its own when left out. */
  readonly names?: number;
}

/** A scenario of the load generator (`src/load/`), in the words of the benches. */
export function makeScenario({ mix, datagramBytes, tags = 2, ...rest }: ScenarioOptions): Scenario {
  const alone = datagramBytes === 0;
  return make({
    ...rest,
    mix: MIXES[mix],
    tags,
    linesPerDatagram: alone ? 1 : Infinity,
    datagramBytes: alone ? Infinity : datagramBytes,
  });
}

export interface KindTotal {
  series: number;
  samples: number;
  value: number;
}

/** Totals of all series of a kind: what a server must show in the end. */
export function totalsByKind(bySeries: ReadonlyMap<number, SeriesTotal>): Record<string, KindTotal> {
  const out: Record<string, KindTotal> = {};
  for (const { wire, samples, value } of bySeries.values()) {
    const total = (out[wire] ??= { series: 0, samples: 0, value: 0 });
    total.series++;
    total.samples += samples;
    total.value += value;
  }
  return out;
}
