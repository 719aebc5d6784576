import type { Layout } from "../../src/model/layout.ts";
import { differences } from "../support/compare.ts";
import { Naive } from "../support/naive.ts";
import { Random } from "../support/random.ts";
import { SmallOutput, SmallShard } from "../support/small-shard.ts";
import type { Line, TrafficOptions } from "../support/traffic.ts";
import { anyLine, datagram } from "../support/traffic.ts";

const LAYOUTS: readonly Layout[] = [
  { digits: 2, bounds: [], thresholds: [] },
  { digits: 3, bounds: [], thresholds: [] },
];
/** One sub-bucket of the layout's power of two: the stated relative error of a quantile. */
const QUANTILE_ERRORS = [1 / 128, 1 / 1_024];

export interface RoundOptions extends TrafficOptions {
  readonly shards: number;
  readonly lines: number;
}

export interface RoundResult {
  readonly lines: number;
  /** One sentence for each difference; empty = equal. */
  readonly differences: readonly string[];
}

/**
 * Sends the same random lines through N shards, drained at random times into one output, and through the naive model;
 * answers where they differ. The gauge rule and the histograms' digits change with the seed. The clock moves by 1 ms for
 * each datagram, so that the last value of a gauge is defined.
 */
export function differentialRound(seed: number, options: RoundOptions): RoundResult {
  const random = new Random(seed);
  const gaugeSign = (["auto", "auto", "absolute", "step"] as const)[seed % 4] as "auto" | "absolute" | "step";
  const layout = seed % LAYOUTS.length;
  const naive = new Naive(gaugeSign);
  const shards = Array.from(
    { length: options.shards },
    (_, i) => new SmallShard({ layouts: LAYOUTS, gaugeSign, keySeed: BigInt(seed) * 8n + BigInt(i) }, layout),
  );
  const output = new SmallOutput({ layouts: LAYOUTS }, layout);
  let clock = 1_000_000;
  let sent = 0;
  while (sent < options.lines) {
    const shard = random.int(0, shards.length - 1);
    const lines: string[] = [];
    for (let i = random.int(1, 20); i > 0; i--) {
      const line = anyLine(random, options);
      const home = shardOf(line, shards.length);
      if (home === undefined || home === shard) lines.push(line.bytes);
    }
    sent += lines.length;
    const bytes = datagram(random, lines);
    shards[shard]?.tally.setClock(clock++);
    shards[shard]?.ingest(bytes);
    naive.ingest(bytes);
    if (random.chance(0.01)) output.take(random.pick(shards), random.pick([500, 5_000, 1 << 20]));
  }
  for (const shard of shards) output.take(shard);
  const found = differences(output.tally, output.cells, naive.series, {
    sumError: options.dyadic ? 0 : 1e-12,
    quantileError: QUANTILE_ERRORS[layout] as number,
  });
  return { lines: naive.lines, differences: [...found, ...ledgerDifferences(shards, naive)] };
}

/** Where order matters, all lines of one name meet in one shard, as they do for one client; undefined = anywhere. */
function shardOf(line: Line, shards: number): number | undefined {
  if (!line.ordered) return undefined;
  let hash = 0;
  for (const char of line.bytes.split(/[:|]/, 1)[0] ?? "") hash = (Math.imul(hash, 31) + char.charCodeAt(0)) >>> 0;
  return hash % shards;
}

function ledgerDifferences(shards: readonly SmallShard[], naive: Naive): string[] {
  const out: string[] = [];
  const check = (what: string, got: number, want: number): void => {
    if (got !== want) out.push(`${what}: ${got}, should be ${want}`);
  };
  const counted = shards.map((shard) => shard.counted());
  const total = (of: (shard: (typeof counted)[number]) => number): number =>
    counted.reduce((sum, shard) => sum + of(shard), 0);
  check(
    "lines",
    total((shard) => shard.lines),
    naive.lines,
  );
  check(
    "accepted",
    total((shard) => shard.accepted),
    naive.accepted,
  );
  check(
    "rates clamped",
    total((shard) => shard.ratesClamped),
    naive.ratesClamped,
  );
  check(
    "specials",
    shards.reduce((sum, shard) => sum + shard.specials.length, 0),
    naive.specials.length,
  );
  const reasons = new Set([...naive.rejected.keys(), ...shards.flatMap((shard) => [...shard.rejected.keys()])]);
  for (const reason of reasons) {
    check(
      `rejected ${reason}`,
      shards.reduce((sum, shard) => sum + (shard.rejected.get(reason) ?? 0), 0),
      naive.rejected.get(reason) ?? 0,
    );
  }
  return out;
}
