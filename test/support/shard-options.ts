import { allocateCounters } from "../../src/shard/counters.ts";
import { DIALECTS_DEFAULT } from "../../src/model/dialect.ts";
import type { ShardOptions } from "../../src/shard/message.ts";
import type { ThreadPlan } from "../../src/shard/placement.ts";
import { POLICY_OPTIONS } from "./policy-options.ts";

export const ANY_PORT = "udp://127.0.0.1:0";

/** What the shards of a test are started with, unless it says otherwise. */
export const SHARD_OPTIONS: Omit<ShardOptions, "id" | "counters" | keyof ThreadPlan> = {
  receiveBufferBytes: 1 << 20,
  stream: { connectionsMax: 100, lineBytesMax: 16_384, frameBytesMax: 65_536, idleMs: 60_000, socketMode: 0o722 },
  gaugeSign: "auto",
  dialects: DIALECTS_DEFAULT,
  readsTimestamps: true,
  requiresEnd: false,
  relay: undefined,
  exemplarTag: "",
  policy: POLICY_OPTIONS,
  layouts: [{ digits: 2, bounds: [], thresholds: [] }],
  seriesMax: 1_000,
  keysMax: 10_000,
  keyBytesMax: 4_096,
  sendersMax: 1_000,
  idleMs: 600_000,
  keySeed: 7n,
  setSeed: 11n,
};

/** The options of one shard. */
export function shardOptions(options: Partial<ShardOptions> = {}): ShardOptions {
  const plan = { listen: [ANY_PORT], reusePort: false, readsBatches: false };
  return { ...SHARD_OPTIONS, ...plan, id: 0, counters: allocateCounters(), ...options };
}
