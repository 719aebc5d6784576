import type { Gathered } from "./binder.ts";
import { DEFINITIONS_PART_MAX } from "./limits.ts";
import type { ShardDelta } from "./message.ts";

const NOTHING = {
  type: "delta",
  last: false,
  definitions: [],
  forgotten: [],
  bytes: new Uint8Array(0),
  specials: [],
  rejects: [],
  traffic: undefined,
  memory: undefined,
  transports: undefined,
  relay: undefined,
  senders: undefined,
} as const satisfies Omit<ShardDelta, "id">;

/**
 * What has gathered and one part of a drain, as messages that are each quick to merge: definitions first, because the
 * numbers need them, and not too many in one.
 */
export function buildParts(gathered: Gathered, part: Partial<ShardDelta> & { readonly id: number }): ShardDelta[] {
  const { definitions } = gathered;
  const parts: ShardDelta[] = [];
  let start = 0;
  for (; definitions.length - start > DEFINITIONS_PART_MAX; start += DEFINITIONS_PART_MAX) {
    parts.push({ ...NOTHING, id: part.id, definitions: definitions.slice(start, start + DEFINITIONS_PART_MAX) });
  }
  parts.push({ ...NOTHING, ...gathered, definitions: definitions.slice(start), ...part });
  return parts;
}
