import type { TallyCounters } from "../core/tally.ts";
import type { LimitReason } from "../model/reject.ts";
import type { Traffic } from "../model/status.ts";

export interface TrafficParts {
  readonly counters: TallyCounters;
  readonly received: { readonly datagrams: number; readonly bytes: number };
  /** Lines that the core accepted and that were then withheld, by reason. */
  readonly withheld: ReadonlyMap<LimitReason, number>;
  readonly drains: number;
}

/** A shard's totals. A withheld line moves from accepted to limited, so that the books still balance. */
export function buildTraffic({ counters, received, withheld, drains }: TrafficParts): Traffic {
  const limited = { ...counters.limited };
  let { accepted } = counters;
  for (const [reason, lines] of withheld) {
    limited[reason] += lines;
    accepted -= lines;
  }
  return { ...counters, datagrams: received.datagrams, bytes: received.bytes, accepted, limited, drains };
}
