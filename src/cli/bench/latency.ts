import type { MixPart } from "../../load/mix.ts";
import type { Sender } from "../../load/sender.ts";
import type { Kind, KindRow } from "../../model/kind.ts";
import { KINDS } from "../../model/kind.ts";
import type { Status } from "../../model/status.ts";

/** Milliseconds from a line's sending until a drain has brought it to the outputs: from then on a scrape shows it. */
export interface Latency {
  readonly probes: number;
  /** Probes that did not arrive within `ARRIVES_WITHIN_MS`. */
  readonly unseen: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface LatencyHost {
  monotonicMs(): number;
  sleep(ms: number): Promise<void>;
}

export interface LatencyOptions {
  readonly sender: Pick<Sender, "sendOne">;
  /** The server's status after a drain. */
  readonly drained: () => Promise<Status>;
  /** The probes' series; the kind is none of the load's, so that the server's count of its samples counts probes. */
  readonly name: string;
  readonly kind: KindRow;
  readonly host: LatencyHost;
  /** No probe begins after it. */
  readonly signal: AbortSignal;
}

const GAP_MS = 200;
const ARRIVES_WITHIN_MS = 3_000;

/** A kind that the mix leaves free for probes; undefined where it has all of them. */
export function probeKind(mix: readonly MixPart[]): KindRow | undefined {
  return KINDS.findLast(({ wire }) => !mix.some((part) => part.wire === wire));
}

/** Sends a probe now and then, and asks until it has arrived. Answers what it took. */
export async function measureLatency(options: LatencyOptions): Promise<Latency> {
  const { sender, drained, host, signal, name, kind } = options;
  const probe = Buffer.from(`${name}:1|${kind.wire}`);
  const seenMs: number[] = [];
  let [probes, unseen] = [0, 0];
  let arrived = samplesOf(await drained(), kind.kind);
  while (!signal.aborted) {
    const startMs = host.monotonicMs();
    if (await sender.sendOne(probe)) {
      probes++;
      const before = arrived;
      let waitedMs = 0;
      while (arrived === before && waitedMs <= ARRIVES_WITHIN_MS) {
        arrived = samplesOf(await drained(), kind.kind);
        waitedMs = host.monotonicMs() - startMs;
      }
      if (arrived === before) unseen++;
      else seenMs.push(waitedMs);
    }
    await host.sleep(GAP_MS);
  }
  seenMs.sort((a, b) => a - b);
  return {
    probes,
    unseen,
    p50Ms: quantile(seenMs, 0.5),
    p99Ms: quantile(seenMs, 0.99),
    maxMs: seenMs.at(-1) ?? 0,
  };
}

function samplesOf({ totals }: Status, kind: Kind): number {
  return totals.samples[kind];
}

/** The smallest of the ascending numbers that at least a share `q` of them do not exceed; 0 where there are none. */
function quantile(ascending: readonly number[], q: number): number {
  return ascending[Math.max(0, Math.ceil(ascending.length * q) - 1)] ?? 0;
}
