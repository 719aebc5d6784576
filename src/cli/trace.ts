import { createTally, INPUT_BYTES_MAX } from "../core/tally.ts";
import type { Tally } from "../core/tally.ts";
import type { Dialects } from "../model/dialect.ts";
import type { SampleExemplar, Special } from "../model/event.ts";
import { KINDS } from "../model/kind.ts";
import type { Layout } from "../model/layout.ts";
import type { LimitReason, RejectReason } from "../model/reject.ts";
import type { Definition, Series } from "../model/series.ts";
import type { Traffic } from "../model/status.ts";
import type { Mapping } from "../policy/mapping/mapping.ts";
import { createProfileMapping } from "../policy/mapping/profiles.ts";
import { createPolicy } from "../policy/policy.ts";
import type { PolicyOptions } from "../policy/policy.ts";
import { createBinder } from "../shard/binder.ts";
import { NOBODY } from "../shard/senders.ts";
import { buildTraffic } from "../shard/traffic.ts";

/** What a line that is not aggregated says. */
export type SpecialLine = Exclude<Special, { readonly type: "exemplar" }>;

/** What became of a line. */
export type Fate =
  | {
      readonly type: "series";
      readonly series: Series;
      /** Of a line with several pairs of value and type: what the further kinds are. */
      readonly others: readonly Series[];
      /** The trace that the line names, which is no tag of the series. */
      readonly exemplar: SampleExemplar | undefined;
    }
  | { readonly type: "special"; readonly special: SpecialLine }
  | { readonly type: "rejected"; readonly reason: RejectReason; readonly column: number }
  | { readonly type: "limited"; readonly reason: LimitReason }
  /** An empty line is no line. */
  | { readonly type: "empty" };

export interface Trace {
  readonly fate: Fate;
  /** Bytes of the name as sent, where the line got as far as being a series. */
  readonly nameBytes: number;
  /** The books of a shard that got this line alone; they tell what was not taken as it was sent, too. */
  readonly traffic: Traffic;
  /** The rule that mapped the name, where one did. */
  readonly rule: string | undefined;
  /** Origin fields had their say. */
  readonly readsOrigin: boolean;
  /** For `Source.merge` and `Output.bind`, as a shard would send them. */
  readonly definitions: readonly Definition[];
  readonly delta: Uint8Array;
}

export interface TraceOptions {
  readonly policy: PolicyOptions;
  readonly layouts: readonly Layout[];
  readonly gaugeSign: "auto" | "absolute" | "step";
  readonly dialects: Dialects;
  readonly exemplarTag: string;
  readonly readsTimestamps: boolean;
  readonly keyBytesMax: number;
  readonly nowMs: number;
}

const DRAIN_BYTES = 1 << 20;

/**
 * Sends one line (no line feed in it) through the core, protocol and policy of a shard of its own. Throws
 * CoreMissingError where the core was not compiled.
 */
export function traceLine(line: Uint8Array, options: TraceOptions): Trace {
  let nameBytes = 0;
  let column = 0;
  const readsOrigin = options.policy.originTags.length > 0;
  let rule: string | undefined;
  const mapping = createProfileMapping(options.policy.profiles);
  const told: Mapping = {
    map(name, tags) {
      const mapped = mapping.map(name, tags);
      ({ rule } = mapped);
      return mapped;
    },
  };
  const binder = createBinder({
    policy: createPolicy(options.policy, told),
    dialects: options.dialects,
    exemplarTag: options.exemplarTag,
    tally: () => tally,
    seriesMax: KINDS.length,
    keyBytesMax: options.keyBytesMax,
    nowMs: () => options.nowMs,
    senders: NOBODY,
  });
  const tally: Tally = createTally(
    { ...options, readsOrigin },
    {
      ...binder,
      bind(kindCode, nameOffset, nameLength, tagsOffset, tagsLength) {
        nameBytes = nameLength;
        return binder.bind(kindCode, nameOffset, nameLength, tagsOffset, tagsLength);
      },
      reject(reason, offset, length, diedAt) {
        column = diedAt;
        binder.reject(reason, offset, length, diedAt);
      },
    },
  );
  // A reader's buffer is as large, so that a server gets the beginning alone, and refuses it.
  const isTooLong = line.length > INPUT_BYTES_MAX;
  tally.setClock(options.nowMs);
  tally.heap.set(isTooLong ? [] : line, tally.inputOffset);
  tally.ingest(tally.inputOffset, isTooLong ? 0 : line.length);
  binder.gatherExemplars();
  const { definitions, specials } = binder.gathering.take();
  const { withheld, noted } = binder;
  const received = { datagrams: 1, bytes: line.length };
  const refused = { line_too_long: 0, stream_cut: 0, frame_length: 0 };
  const traffic = buildTraffic({ counters: tally.counters(), received, withheld, noted, refused, drains: 1 });
  return {
    fate: isTooLong
      ? { type: "rejected", reason: "truncated", column: INPUT_BYTES_MAX }
      : readFate(traffic, definitions, specials, column),
    nameBytes,
    traffic,
    rule,
    readsOrigin,
    definitions,
    delta: tally.drain(DRAIN_BYTES),
  };
}

function readFate(
  traffic: Traffic,
  definitions: readonly Definition[],
  specials: readonly Special[],
  column: number,
): Fate {
  const rejected = reasonIn(traffic.rejected);
  if (rejected !== undefined) return { type: "rejected", reason: rejected, column };
  const limited = reasonIn(traffic.limited);
  if (limited !== undefined) return { type: "limited", reason: limited };
  const [series, ...others] = definitions.map((definition) => definition.series);
  const [special] = specials;
  if (series !== undefined) {
    return { type: "series", series, others, exemplar: special?.type === "exemplar" ? special.exemplar : undefined };
  }
  return special === undefined || special.type === "exemplar" ? { type: "empty" } : { type: "special", special };
}

/** The reason for which the one line was not used. */
function reasonIn<Reason extends string>(counts: Readonly<Record<Reason, number>>): Reason | undefined {
  return (Object.keys(counts) as Reason[]).find((reason) => counts[reason] > 0);
}
