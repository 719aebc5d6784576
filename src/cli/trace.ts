import { createTally } from "../core/tally.ts";
import type { Tally } from "../core/tally.ts";
import type { Dialects } from "../model/dialect.ts";
import type { Special } from "../model/event.ts";
import { KINDS } from "../model/kind.ts";
import type { Layout } from "../model/layout.ts";
import { CORE_REJECT_REASONS, LIMIT_REASONS } from "../model/reject.ts";
import type { LimitReason, RejectReason } from "../model/reject.ts";
import type { Definition, Series } from "../model/series.ts";
import type { Mapping } from "../policy/mapping/mapping.ts";
import { createProfileMapping } from "../policy/mapping/profiles.ts";
import { createPolicy } from "../policy/policy.ts";
import type { PolicyOptions } from "../policy/policy.ts";
import { createBinder } from "../shard/binder.ts";
import { NOBODY } from "../shard/senders.ts";

/** What became of a line. */
export type Fate =
  | {
      readonly type: "series";
      readonly series: Series;
      /** Of a line with several pairs of value and type: what the further kinds are. */
      readonly others: readonly Series[];
      readonly rateClamped: boolean;
    }
  | { readonly type: "special"; readonly special: Special }
  | { readonly type: "rejected"; readonly reason: RejectReason; readonly column: number }
  | { readonly type: "limited"; readonly reason: LimitReason }
  /** An empty line is no line. */
  | { readonly type: "empty" };

export interface Trace {
  readonly fate: Fate;
  /** Bytes of the name as sent, where the line got as far as being a series. */
  readonly nameBytes: number;
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
    map(...series) {
      const mapped = mapping.map(...series);
      if (mapped.type === "keep") rule = mapped.rule;
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
  tally.setClock(options.nowMs);
  tally.heap.set(line, tally.inputOffset);
  tally.ingest(tally.inputOffset, line.length);
  binder.gatherExemplars();
  const { definitions, specials } = binder.gathering.take();
  return {
    fate: readFate(tally, definitions, specials, column),
    nameBytes,
    rule,
    readsOrigin,
    definitions,
    delta: tally.drain(DRAIN_BYTES),
  };
}

function readFate(
  tally: Tally,
  definitions: readonly Definition[],
  specials: readonly Special[],
  column: number,
): Fate {
  const counters = tally.counters();
  const rejected = CORE_REJECT_REASONS.find((reason) => reason !== "none" && counters.rejected[reason] > 0);
  if (rejected !== undefined && rejected !== "none") return { type: "rejected", reason: rejected, column };
  const limited = LIMIT_REASONS.find((reason) => reason !== "none" && counters.limited[reason] > 0);
  if (limited !== undefined && limited !== "none") return { type: "limited", reason: limited };
  const [special] = specials;
  if (special !== undefined) return { type: "special", special };
  const [series, ...others] = definitions.map((definition) => definition.series);
  if (series === undefined) return { type: "empty" };
  return { type: "series", series, others, rateClamped: counters.ratesClamped > 0 };
}
