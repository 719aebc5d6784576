import type { Origin } from "../model/origin.ts";

/** What is known of a line's origin: its fields, and what its `dd.internal.` tags say. */
export interface OriginFacts extends Origin {
  /** Of `dd.internal.entity_id:`, a pod's uid as a rule; "" = none. */
  readonly entityId: string;
}

/** Tags that can be made of an origin, each under its own name: `container_id:7f…`. */
export const ORIGIN_TAGS = [
  "container_id",
  "container_inode",
  "container_name",
  "pod_uid",
  "init_container",
  "entity_id",
  "cardinality",
] as const;
export type OriginTag = (typeof ORIGIN_TAGS)[number];

/** The value of each; "" = no such tag. */
const VALUE_OF: { readonly [Tag in OriginTag]: (facts: OriginFacts) => string } = {
  container_id: (facts) => facts.containerId,
  container_inode: (facts) => facts.containerInode,
  container_name: (facts) => facts.containerName,
  pod_uid: (facts) => facts.podUid,
  init_container: ({ isInitContainer }) => (isInitContainer === undefined ? "" : String(isInitContainer)),
  entity_id: (facts) => facts.entityId,
  cardinality: (facts) => facts.cardinality,
};

/** Of a line without origin fields. */
export const NO_ORIGIN: Origin = {
  containerId: "",
  containerInode: "",
  containerName: "",
  podUid: "",
  isInitContainer: undefined,
  cardinality: "",
};

/**
 * The tags of an origin. A client that says `none`, as its cardinality or as its entity, has opted out (the Agent's
 * `dogstatsd_origin_optout_enabled`, which is on by default): then there are none.
 */
export function originTags(facts: OriginFacts, wanted: readonly OriginTag[]): readonly string[] {
  if (facts.cardinality === "none" || facts.entityId === "none") return [];
  return wanted
    .map((tag) => [tag, VALUE_OF[tag](facts)] as const)
    .flatMap(([tag, value]) => (value === "" ? [] : [`${tag}:${value}`]));
}
