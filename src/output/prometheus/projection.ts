import type { Kind } from "../../model/kind.ts";
import type { Series } from "../../model/series.ts";
import type { Layout } from "../../model/layout.ts";
import { renameReserved } from "../../model/reserved-name.ts";
import type { Treatment } from "../../model/treatment.ts";
import { escapeName, labelsOf, labelText } from "./label.ts";
import type { LabelNotes } from "./label.ts";
import { hasLastSeen } from "./last-seen.ts";
import type { Naming, PrometheusOptions } from "./options.ts";
import { shapeOf } from "./shape.ts";
import type { Shape } from "./shape.ts";
import { spelledName } from "./spelling.ts";

/** What a series would like to be called on the page; `families.ts` decides whether it may. */
export interface Projection extends LabelNotes {
  readonly refused: false;
  /** Valid, without what the naming appends; `name` is made from it. */
  readonly base: string;
  readonly name: string;
  readonly kind: Kind;
  readonly shape: Shape;
  /** `{a="1"}` or "". */
  readonly labels: string;
  /** What a format with UTF-8 names shows instead of `base`; the same unless the option for it is on. */
  readonly spelledBase: string;
  /** Keys of labels that were sent otherwise than they are shown, with what they were sent as; undefined = none. */
  readonly spelledKeys: ReadonlyMap<string, string> | undefined;
  /** Nothing is appended to the name, and no other name is tried. */
  readonly isExact: boolean;
  /** What a rule says; undefined = as the shape says. */
  readonly help: string | undefined;
  /** A histogram that native ones are made of, and whose rule does not forbid it. */
  readonly isNative: boolean;
  /** Another family beside its own tells when its series were last updated. */
  readonly hasLastSeen: boolean;
  /** The name belongs to somebody else (this server's own metrics, or Prometheus's) and was changed. */
  readonly reserved: boolean;
}

export interface Refusal {
  readonly refused: true;
  readonly reason: "empty_name" | "mapping" | "negative_scale";
}

export type ProjectionOptions = Pick<
  PrometheusOptions,
  "naming" | "valuelessTags" | "globalTags" | "names" | "targetInfo" | "native" | "lastSeen"
>;

/** The labels of the series that stands in for all that are beyond the limit. */
export const OVERFLOW_LABELS = '{overflow="true"}';

/**
 * The exposed name of a base under a naming. A suffix is not doubled: `hits_total` stays. (A bare `_total` is doubled,
 * because OpenMetrics takes `_total` off again and no name would be left.)
 */
export function exposedName(base: string, shape: Shape, naming: Naming): string {
  if (naming === "exact") return base;
  const ends = base.length > shape.suffix.length && base.endsWith(shape.suffix);
  return ends ? base : base + shape.suffix;
}

/** Of two tags with one label key the later one is shown, so the server's own go first and the client's win. */
function globalFirst(tags: readonly string[], globalTags: readonly string[]): readonly string[] {
  if (globalTags.length === 0) return tags;
  return [...globalTags.filter((tag) => tags.includes(tag)), ...tags.filter((tag) => !globalTags.includes(tag))];
}

/** statsd_exporter takes `#a:b,#c:d` for two tags; to Datadog the second one is called `#c`. */
function withoutHashes(tags: readonly string[]): readonly string[] {
  return tags.some((tag) => tag.startsWith("#")) ? tags.map((tag) => tag.replace(/^#/, "")) : tags;
}

/** Pure: what a series is called on the page. `layout` is the one of the series, for kinds that have one. */
export function project(series: Series, layout: Layout | undefined, options: ProjectionOptions): Projection | Refusal {
  const rule = series.prometheus;
  if (rule?.isDropped === true) return { refused: true, reason: "mapping" };
  const sent = rule?.name ?? series.name;
  const escaped = escapeName(sent);
  if (escaped === "") return { refused: true, reason: "empty_name" };
  const naming = rule?.name === undefined ? options.naming : "exact";
  const shape = shapeOf(series.kind, layout, naming === "exact");
  const isFalling = shape.type === "counter" && (rule?.treatment?.scale ?? 1) < 0;
  if (isFalling) return { refused: true, reason: "negative_scale" };
  const notes: LabelNotes = { overwritten: 0, renamed: 0 };
  const { globalTags, targetInfo } = options;
  const seen = naming === "exact" ? withoutHashes(rule?.tags ?? series.tags) : (rule?.tags ?? series.tags);
  const tags = targetInfo ? seen.filter((tag) => !globalTags.includes(tag)) : globalFirst(seen, globalTags);
  const sentKeys = options.names === "utf8" ? new Map<string, string>() : undefined;
  const host = rule?.tags === undefined ? series.host : undefined;
  const labels = labelsOf(tags, host, shape.type, options.valuelessTags, notes, sentKeys, rule);
  const { prefix, ending } = renameReserved(escaped, { targetInfo, lastSeen: options.lastSeen !== "off" });
  const base = prefix + escaped + ending;
  return {
    refused: false,
    base,
    name: exposedName(base, shape, naming),
    kind: series.kind,
    shape,
    labels: labelText(labels),
    spelledBase: sentKeys === undefined ? base : spelledName(prefix + sent + ending, base),
    spelledKeys: sentKeys && spelledKeysOf(labels, sentKeys),
    isExact: naming === "exact",
    help: rule?.treatment?.help,
    isNative: shape.type === "histogram" && options.native.mode !== "off" && !forbidsNative(rule?.treatment),
    hasLastSeen: hasLastSeen(options.lastSeen, shape),
    reserved: base !== escaped,
    ...notes,
  };
}

function forbidsNative(treatment: Treatment | undefined): boolean {
  return treatment?.nativeFactor === 0 || treatment?.nativeBucketsMax === 0;
}

function spelledKeysOf(
  labels: readonly (readonly [key: string, value: string])[],
  sentKeys: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> | undefined {
  const spelled = labels
    .map(([key]) => [key, spelledName(sentKeys.get(key) ?? key, key)] as const)
    .filter(([key, sent]) => key !== sent);
  return spelled.length === 0 ? undefined : new Map(spelled);
}
