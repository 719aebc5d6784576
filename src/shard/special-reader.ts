import type { Dialects } from "../model/dialect.ts";
import type { Special } from "../model/event.ts";
import type { LimitReason, RejectReason } from "../model/reject.ts";
import type { Policy } from "../policy/policy.ts";
import { parseEvent } from "../protocol/event.ts";
import { parseServiceCheck } from "../protocol/service-check.ts";
import { parseTimestamped } from "../protocol/timestamped.ts";
import type { Exemplars } from "./exemplars.ts";

/** What a line that is no sample to aggregate turned out to be. */
export type SpecialRead =
  | { readonly type: "special"; readonly special: Special }
  | { readonly type: "reject"; readonly reason: RejectReason }
  | { readonly type: "drop"; readonly reason: LimitReason };

/** What was taken differently from how it was sent; totals. */
export interface Noted {
  /** Lines with tags both in the name and in a tag section, where the core did not count them. */
  mixed: number;
  /** Parts of names that are no `key=value`. */
  tagErrors: number;
  /** Events with lengths in characters. */
  eventLengthsMended: number;
}

export interface SpecialReaderOptions {
  readonly policy: Policy;
  readonly dialects: Dialects;
  /** Longest name and tags together; of what is aggregated, the core looks after that. */
  readonly keyBytesMax: number;
  /** A sample that is not aggregated gives no exemplar, but the tag that names a trace is no part of it either. */
  readonly exemplars: Pick<Exemplars, "split">;
  /** Counted up. */
  readonly noted: Noted;
}

type Reader = (line: Uint8Array) => SpecialRead;

/**
 * Reads the lines that the core hands out whole, by the core's number for their type: 0 event, 1 service check, 2
 * timestamped metric. Policy has its say: tags and host on all of them, mapping, namespace and filter on metrics.
 */
export function createSpecialReader({
  policy,
  dialects,
  keyBytesMax,
  exemplars,
  noted,
}: SpecialReaderOptions): (type: number, line: Uint8Array) => SpecialRead {
  const readers: readonly Reader[] = [readEvent, readServiceCheck, readTimestamped];

  function readEvent(line: Uint8Array): SpecialRead {
    const sent = parseEvent(line);
    if (typeof sent === "string") return { type: "reject", reason: sent };
    const { origin, isMended, ...event } = sent;
    if (isMended) noted.eventLengthsMended++;
    const { tags, host } = policy.describe(event.tags, origin);
    // The `h:` field beats a `host:` tag.
    return {
      type: "special",
      special: { type: "event", event: { ...event, tags, hostname: event.hostname ?? host ?? null } },
    };
  }

  function readServiceCheck(line: Uint8Array): SpecialRead {
    const sent = parseServiceCheck(line);
    if (typeof sent === "string") return { type: "reject", reason: sent };
    const { origin, ...check } = sent;
    const { tags, host } = policy.describe(check.tags, origin);
    return {
      type: "special",
      special: { type: "service_check", check: { ...check, tags, hostname: check.hostname ?? host ?? null } },
    };
  }

  function readTimestamped(line: Uint8Array): SpecialRead {
    const sent = parseTimestamped(line, dialects);
    if (typeof sent === "string") return { type: "reject", reason: sent };
    const { origin, isMixed, tagErrors, keyBytes, ...sample } = sent;
    if (keyBytes > keyBytesMax) return { type: "drop", reason: "key_bytes" };
    if (isMixed) noted.mixed++;
    noted.tagErrors += tagErrors;
    const binding = policy.bindTimestamped(sample.name, exemplars.split(sample.tags).tags, sample.kind, origin);
    if (binding.type === "drop") return binding;
    const { name, tags, host, prometheus } = binding.series;
    return { type: "special", special: { type: "timestamped", sample: { ...sample, name, tags, host, prometheus } } };
  }

  return (type, line) => (readers[type] as Reader)(line);
}
