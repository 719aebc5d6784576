import type { Special } from "../model/event.ts";
import type { LimitReason, RejectReason } from "../model/reject.ts";
import type { Policy } from "../policy/policy.ts";
import { parseEvent } from "../protocol/event.ts";
import { parseServiceCheck } from "../protocol/service-check.ts";
import { parseTimestamped } from "../protocol/timestamped.ts";

/** What a line that is no sample to aggregate turned out to be. */
export type SpecialRead =
  | { readonly type: "special"; readonly special: Special }
  | { readonly type: "reject"; readonly reason: RejectReason }
  | { readonly type: "drop"; readonly reason: LimitReason };

type Reader = (line: Uint8Array) => SpecialRead;

/**
 * Reads the lines that the core hands out whole, by the core's number for their type: 0 event, 1 service check, 2
 * timestamped metric. Policy has its say: tags and host on all of them, mapping, namespace and filter on metrics.
 */
export function createSpecialReader(policy: Policy): (type: number, line: Uint8Array) => SpecialRead {
  const readers: readonly Reader[] = [readEvent, readServiceCheck, readTimestamped];

  function readEvent(line: Uint8Array): SpecialRead {
    const event = parseEvent(line);
    if (typeof event === "string") return { type: "reject", reason: event };
    const { tags, host } = policy.describe(event.tags);
    // The `h:` field beats a `host:` tag.
    return {
      type: "special",
      special: { type: "event", event: { ...event, tags, hostname: event.hostname ?? host ?? null } },
    };
  }

  function readServiceCheck(line: Uint8Array): SpecialRead {
    const check = parseServiceCheck(line);
    if (typeof check === "string") return { type: "reject", reason: check };
    const { tags, host } = policy.describe(check.tags);
    return {
      type: "special",
      special: { type: "service_check", check: { ...check, tags, hostname: check.hostname ?? host ?? null } },
    };
  }

  function readTimestamped(line: Uint8Array): SpecialRead {
    const sample = parseTimestamped(line);
    if (typeof sample === "string") return { type: "reject", reason: sample };
    const binding = policy.bind(sample.name, sample.tags, sample.kind);
    if (binding.type === "drop") return binding;
    const { name, tags, host } = binding.series;
    return { type: "special", special: { type: "timestamped", sample: { ...sample, name, tags, host } } };
  }

  return (type, line) => (readers[type] as Reader)(line);
}
