import type { RejectReason } from "../../src/model/reject.ts";

/**
 * Cases that a later station answers, by id: the core cannot know. Everything else in the file runs below; an id in no
 * table runs too, so that a new case is never skipped in silence.
 */
export const LATER_STATIONS = new Map<string, string>([
  ["tag.host-empty", "policy takes the host: tag out of the tags"],
  ["tag.entity-id", "policy takes host: and dd.internal.* tags out of the tags"],
  ["tag.jmx", "policy takes dd.internal.* tags out of the tags"],
  ["ts.disabled", "an option of the Agent that turns timestamps off"],
  ["ts.disabled-bad", "an option of the Agent that turns timestamps off"],
  ["frame.eol-missing", "transport: lines that must end in LF are an option of the listener"],
  ["frame.truncate-eol", "transport: a short receive buffer is an option of the listener"],
  ["cfg.ns-dot", "policy: namespace"],
  ["cfg.ns-runtime", "policy: namespace"],
  ["cfg.ns-d", "policy: namespace"],
  ["cfg.ns-timestamped", "policy: namespace"],
  ["cfg.tags-metric", "policy: global tags"],
  ["cfg.tags-same-key", "policy: global tags"],
  ["cfg.tags-event", "policy: global tags"],
  ["cfg.filter-exact", "policy: name filter"],
  ["cfg.filter-prefixed-name", "policy: name filter"],
  ["cfg.filter-prefixed-name2", "policy: name filter"],
  ["cfg.hcopy-ms", "an option of the Agent: histograms copied to distributions"],
  ["cfg.hcopy-d", "an option of the Agent: histograms copied to distributions"],
  ["cfg.map-other-type", "policy: mapper profiles"],
  ["cfg.map-too-deep", "policy: mapper profiles"],
  ["cfg.map-empty-star", "policy: mapper profiles"],
  ["cfg.map-nobraces", "policy: mapper profiles"],
  ["cfg.map-regex", "policy: mapper profiles"],
  ["cfg.map-regex-alternation", "policy: mapper profiles"],
  ["cfg.map-order", "policy: mapper profiles"],
  ["cfg.map-profile-stop", "policy: mapper profiles"],
  ["cfg.map-then-ns", "policy: mapper profiles and namespace"],
  ["cfg.map-event", "policy: mapper profiles leave events and checks alone"],
  ["stream.big-endian", "transport: length-prefixed frames of a stream socket"],
  ["stream.too-large", "transport: length-prefixed frames of a stream socket"],
]);

export interface Difference {
  readonly why: string;
  /** The value of the only series, or the reason of the only reject. */
  readonly tallyd: number | RejectReason;
  readonly gaugeSign?: "auto";
}

/** Where tallyd differs from the Agent on purpose: by case id. */
export const DIFFERENCES = new Map<string, Difference>([
  ["rate.nan", { why: "the Agent's counter becomes NaN for ever; NaN is not a decimal number", tallyd: "bad_rate" }],
  ["rate.zero.c", { why: "the Agent divides by zero; the sample is kept with rate 1 and counted", tallyd: 2 }],
  [
    "multi.etsy-tags",
    { why: "several value|type pairs are StatsD's packing, which the Agent does not read; tags go to all", tallyd: 3 },
  ],
  [
    "num.gauge.delta-seq",
    {
      why: "plain lines are StatsD's, where a sign is a step, unless gauge_sign says absolute",
      tallyd: 327,
      gaugeSign: "auto",
    },
  ],
]);

/** The same for lines that have no case in the file. */
export const DIFFERENT_LINES: readonly (readonly [line: string, agent: string, tallyd: number | RejectReason])[] = [
  ["n:1_000|c", "1000, as Go's ParseFloat reads it", "bad_value"],
  ["n:0x1p4|c", "16, as Go's ParseFloat reads it", "bad_value"],
  ["n:NaN|c", "parsed, then dropped without a word", "not_finite"],
  ["n:1|c|@0x1p-1", "rate 0.5", "bad_rate"],
  ["n:1|c|@-1", "-1: a negative rate makes a negative count", 1],
  ["n:3|c|@2", "1.5: a rate above 1 halves the value", 3],
  ["_scan.total:1|c", "lost: read as a broken service check", 1],
];
