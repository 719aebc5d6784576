import { KINDS, type Kind } from "../model/kind.ts";
import { CORE_REJECT_REASONS, LIMIT_REASONS, type CoreRejectReason, type LimitReason } from "../model/reject.ts";

/** Slots of the core's counters, as in `core/assembly/stats.ts`. */
export const SLOT = {
  lines: 0,
  accepted: 1,
  ratesClamped: 2,
  overflowed: 3,
  binds: 4,
  specials: 5,
  samples: 8,
  linesMixed: 14,
  samplesLost: 15,
  rejected: 16,
  limited: 32,
} as const;

/** What a tally has counted since it was made. `lines` = `accepted` + all of `rejected` + all of `limited`. */
export interface TallyCounters {
  readonly lines: number;
  readonly accepted: number;
  readonly rejected: Record<CoreRejectReason, number>;
  readonly limited: Record<LimitReason, number>;
  readonly samples: Record<Kind, number>;
  readonly events: number;
  readonly serviceChecks: number;
  readonly timestamped: number;
  readonly ratesClamped: number;
  readonly overflowed: number;
  /** Lines with tags both in the name and in a tag section. */
  readonly mixed: number;
  readonly binds: number;
}

export function readCounters(at: (slot: number) => number): TallyCounters {
  const named = <Name extends string>(names: readonly Name[], first: number): Record<Name, number> =>
    Object.fromEntries(names.map((name, code) => [name, at(first + code)])) as Record<Name, number>;
  const { none: _rejected, ...rejected } = named(CORE_REJECT_REASONS, SLOT.rejected);
  const { none: _limited, ...limited } = named(LIMIT_REASONS, SLOT.limited);
  return {
    lines: at(SLOT.lines),
    accepted: at(SLOT.accepted),
    rejected,
    limited,
    samples: named(
      KINDS.map((row) => row.kind),
      SLOT.samples,
    ),
    events: at(SLOT.specials),
    serviceChecks: at(SLOT.specials + 1),
    timestamped: at(SLOT.specials + 2),
    ratesClamped: at(SLOT.ratesClamped),
    overflowed: at(SLOT.overflowed),
    mixed: at(SLOT.linesMixed),
    binds: at(SLOT.binds),
  };
}
