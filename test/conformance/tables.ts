import type { RejectReason } from "../../src/model/reject.ts";
import type { Vector } from "./vector.ts";

/**
 * Cases that stations around the core answer, by id; the core alone cannot know. They run through the real process, as all
 * others do. An id in no table runs through the core too, so that a new case is never skipped in silence.
 */
export const BEYOND_CORE = new Map<string, string>([
  ["tag.host-empty", "policy takes the host: tag out of the tags"],
  ["tag.entity-id", "policy takes host: and dd.internal.* tags out of the tags"],
  ["tag.jmx", "policy takes dd.internal.* tags out of the tags"],
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
  /** What the case would say of tallyd where it says something else of the Agent. */
  readonly instead: Partial<Vector>;
}

const plain = { rate: 1, tags: [], timestamp: null } as const;

/** Where tallyd differs from the Agent on purpose, by case id: everything that the cases know of. */
export const DIFFERENCES = new Map<string, Difference>([
  [
    "rate.nan",
    {
      why: "the Agent's counter becomes NaN for ever; NaN is not a decimal number",
      instead: { metrics: [], lines_rejected: 1 },
    },
  ],
  [
    "rate.zero.c",
    {
      why: "the Agent divides by zero; the sample is kept with rate 1 and counted",
      instead: { metrics: [{ ...plain, name: "a", type: "c", values: [2] }] },
    },
  ],
  [
    "multi.etsy-tags",
    {
      why: "several value|type pairs are StatsD's own packing, which the Agent does not read; tags go to all of them",
      instead: { metrics: [{ ...plain, name: "a", type: "c", values: [1, 2], tags: ["t:1"] }], lines_rejected: 0 },
    },
  ],
  [
    "frame.truncate-eol",
    {
      why: "no receive buffer cuts a datagram: it arrives whole",
      instead: {
        metrics: [
          { ...plain, name: "abcdef", type: "c", values: [1] },
          { ...plain, name: "longer.metric", type: "c", values: [123_456], tags: ["env:prod"] },
        ],
        lines_rejected: 0,
      },
    },
  ],
  [
    "cfg.hcopy-ms",
    {
      why: "a histogram is not copied: here it is itself one that can be merged, and |d sends the same to Datadog",
      instead: { metrics: [{ ...plain, name: "daemon", type: "ms", values: [21] }] },
    },
  ],
]);

/** The same, behind the core: tag dialects of other servers are read where a name is nothing but that (`dialects.*: auto`). */
export const PROTOCOL_DIFFERENCES = new Map<string, Difference>([
  [
    "dialect.signalfx-start",
    {
      why: "SignalFx tags are read; dialects.signalfx: false leaves the name as in the Agent",
      instead: { metrics: [{ ...plain, name: "foo.test", type: "c", values: [100], tags: ["tag1:bar", "tag2:baz"] }] },
    },
  ],
  [
    "dialect.influx-packed",
    {
      why: "InfluxDB tags are read; dialects.influxdb: false leaves the name as in the Agent",
      instead: {
        metrics: [
          { ...plain, name: "users.current", type: "g", values: [32], tags: ["service:payroll", "region:us-west"] },
        ],
      },
    },
  ],
]);

/** The same, at an output. */
export const OUTPUT_DIFFERENCES = new Map<string, Difference>([
  [
    "agg.type-clash",
    {
      why: "at the Agent a count may set a gauge to 1; here a name keeps the type that it had first, the other is counted",
      instead: { metrics: [{ ...plain, name: "a", type: "g", values: [5] }] },
    },
  ],
]);

/** Lines that have no case in the file. */
export const DIFFERENT_LINES: readonly (readonly [line: string, agent: string, tallyd: number | RejectReason])[] = [
  ["n:1_000|c", "1000, as Go's ParseFloat reads it", "bad_value"],
  ["n:0x1p4|c", "16, as Go's ParseFloat reads it", "bad_value"],
  ["n:NaN|c", "parsed, then dropped without a word", "not_finite"],
  ["n:1|c|@0x1p-1", "rate 0.5", "bad_rate"],
  ["n:1|c|@-1", "-1: a negative rate makes a negative count", 1],
  ["n:3|c|@2", "1.5: a rate above 1 halves the value", 3],
  ["_scan.total:1|c", "lost: read as a broken service check", 1],
  ["g:333|g\ng:-10|g\ng:+4|g", "4: a sign is no step", 327],
  ["n:1|c|T1656581400000", "a point in the year 54465, which the intake loses", "bad_timestamp"],
  ["n:1|c:2|c", "rejected: no such type", 3],
];
