import type { TallyCounters } from "../core/tally.ts";
import type { LimitReason, StreamRejectReason } from "../model/reject.ts";
import type { Traffic } from "../model/status.ts";
import type { Noted } from "./special-reader.ts";

export interface TrafficParts {
  readonly counters: TallyCounters;
  readonly received: { readonly datagrams: number; readonly bytes: number };
  /** Lines that the core accepted and that were then withheld, by reason. */
  readonly withheld: ReadonlyMap<LimitReason, number>;
  readonly noted: Readonly<Noted>;
  /** Lines that the core never saw. */
  readonly refused: Readonly<Record<StreamRejectReason, number>>;
  readonly drains: number;
}

/** A shard's totals. A withheld line moves from accepted to limited, so that the books still balance. */
export function buildTraffic({ counters, received, withheld, noted, refused, drains }: TrafficParts): Traffic {
  const limited = { ...counters.limited };
  let { accepted } = counters;
  for (const [reason, lines] of withheld) {
    limited[reason] += lines;
    accepted -= lines;
  }
  const lines = counters.lines + sumOf(refused);
  const rejected = { ...counters.rejected, ...refused };
  const { datagrams, bytes } = received;
  const mixed = counters.mixed + noted.mixed;
  return { ...counters, ...noted, mixed, datagrams, bytes, lines, accepted, rejected, limited, drains };
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
