import type { CellKind, Kind } from "../../model/kind.ts";
import { kindRow } from "../../model/kind.ts";
import type { DatadogOptions, HistogramAggregate } from "./options.ts";

/** Datadog's limits on a metric's name and on one tag, in characters. */
export const NAME_CHARS_MAX = 200;
export const TAG_CHARS_MAX = 200;

const DEVICE = "device:";
const RESOURCE = "dd.internal.resource:";
/** The Agent's tag for a further resource of a series: `dd.internal.resource:type:name`. */
const RESOURCE_TAG = /^dd\.internal\.resource:[^:]+:./;

/** The tags of a sketch, which has no resources: all that came. */
export function sketchTags({ tags, device, resources }: Pick<Projected, "tags" | "device" | "resources">): string[] {
  const moved = resources.map((resource) => RESOURCE + resource);
  if (device !== "") moved.push(DEVICE + device);
  return [...tags, ...moved].sort();
}

/** What a series is sent as. `aggregates` and `sketch` read histogram cells. */
export type Form = "counter" | "gauge" | "set" | "aggregates" | "sketch";

/** What a series is called at Datadog. */
export interface Projected {
  readonly form: Form;
  readonly cellKind: CellKind;
  readonly name: string;
  /** "" = explicitly none. */
  readonly host: string;
  /** From a `device:` tag, which is then not among `tags`; "" = none. */
  readonly device: string;
  /** `type:name` of `dd.internal.resource:` tags, which are then not among `tags`. */
  readonly resources: readonly string[];
  readonly tags: readonly string[];
  /** What its samples are sent as a distribution of, beside what `form` says; "" = they are not. */
  readonly copyName: string;
  /** Equal exactly where two series would write the same points. */
  readonly key: string;
  /** True where the name or a tag had to be cut or given valid characters. */
  readonly altered: boolean;
}

export interface Projection {
  project(name: string, tags: readonly string[], host: string | undefined, kind: Kind): Projected;
  /** The keys of other forms that would write one of this series' points: `x|h` writes `x.count`, and so may `x.count|c`. */
  rivals(projected: Projected): readonly string[];
  /** What an aggregated histogram is sent as, in order. */
  readonly parts: readonly Part[];
  /** The quantiles that the parts need, 0 to 1. */
  readonly quantiles: readonly number[];
}

/** One point of an aggregated histogram: a plain aggregate, or the quantile at an index of `Projection.quantiles`. */
export type Part =
  | { readonly suffix: string; readonly type: Exclude<HistogramAggregate, "median"> }
  | { readonly suffix: string; readonly type: "quantile"; readonly index: number };

type Settings = Pick<
  DatadogOptions,
  "hostname" | "seriesApi" | "histogramAggregates" | "histogramPercentiles" | "histogramCopyPrefix"
>;

/** Pure: the same series always gets the same answer. */
export function createProjection(settings: Settings): Projection {
  const { parts, quantiles } = histogramParts(settings);
  const suffixChars = Math.max(0, ...parts.map((part) => part.suffix.length));
  return {
    parts,
    quantiles,
    project: (name, tags, host, kind) => project(settings, suffixChars, name, tags, host, kind),
    rivals: (projected) => rivals(projected, parts),
  };
}

/** The Agent keeps whole percentiles, int(p·100 + 0.5), and asks for those: 0.999 is sent as `.100percentile`. */
function histogramParts(settings: Settings): Pick<Projection, "parts" | "quantiles"> {
  const parts = new Map<string, Part>();
  const quantiles: number[] = [];
  const addQuantile = (suffix: string, q: number): void => {
    if (!parts.has(suffix)) parts.set(suffix, { suffix, type: "quantile", index: quantiles.push(q) - 1 });
  };
  for (const type of settings.histogramAggregates) {
    if (type === "median") addQuantile(".median", 0.5);
    else parts.set(`.${type}`, { suffix: `.${type}`, type });
  }
  for (const percentile of settings.histogramPercentiles) {
    const whole = Math.floor(percentile * 100 + 0.5);
    addQuantile(`.${whole}percentile`, whole / 100);
  }
  return { parts: [...parts.values()], quantiles };
}

function formOf(kind: Kind, seriesApi: "v1" | "v2"): Form {
  const row = kindRow(kind);
  if (row.cell !== "histogram") return row.cell;
  return row.global && seriesApi === "v2" ? "sketch" : "aggregates";
}

function project(
  settings: Settings,
  suffixChars: number,
  name: string,
  tags: readonly string[],
  host: string | undefined,
  kind: Kind,
): Projected {
  const form = formOf(kind, settings.seriesApi);
  const room = NAME_CHARS_MAX - (form === "aggregates" ? suffixChars : 0);
  const validName = metricName(name, room);
  const short = tags.map((tag) => cut(tag, TAG_CHARS_MAX));
  // Only series can name a device and other resources; in a sketch they stay tags.
  const deviceAt = form === "sketch" ? -1 : short.findIndex((tag) => tag.startsWith(DEVICE));
  const device = deviceAt < 0 ? "" : (short[deviceAt] as string).slice(DEVICE.length);
  const isResource = (tag: string): boolean =>
    form !== "sketch" && settings.seriesApi === "v2" && RESOURCE_TAG.test(tag);
  const unique = [...new Set(short.filter((tag, index) => tag !== "" && index !== deviceAt))].sort();
  const kept = unique.filter((tag) => !isResource(tag));
  const resources = unique.filter(isResource).map((tag) => tag.slice(RESOURCE.length));
  const cutHost = cut(host ?? settings.hostname, TAG_CHARS_MAX);
  const context = contextKey(settings.seriesApi, validName, cutHost, device, unique);
  const { histogramCopyPrefix: prefix } = settings;
  const isCopied = form === "aggregates" && prefix !== undefined && settings.seriesApi === "v2";
  return {
    form,
    cellKind: kindRow(kind).cell,
    name: validName,
    host: cutHost,
    device,
    resources,
    tags: kept,
    copyName: isCopied ? metricName(prefix + name, NAME_CHARS_MAX) : "",
    key: `${slotFamily(form)}${context}`,
    altered: validName !== name || short.some((tag, index) => tag !== tags[index]),
  };
}

/** Counters, gauges and sets of one name write the same points, and so share a family of keys. */
function slotFamily(form: Form): string {
  return form === "aggregates" ? "h" : form === "sketch" ? "d" : "p";
}

/**
 * Datadog lower-cases tags when it stores them, and the last point written wins: series that differ only in the case
 * of a tag must be one here. Other receivers keep the case.
 */
function contextKey(api: "v1" | "v2", name: string, host: string, device: string, tags: readonly string[]): string {
  const rest = `\0${host}\0${device}\0${tags.join("\0")}`;
  return name + (api === "v2" ? rest.toLowerCase() : rest);
}

function rivals(projected: Projected, parts: readonly Part[]): readonly string[] {
  const { form, key, name } = projected;
  if (form === "sketch") return [];
  const rest = key.slice(1 + name.length);
  if (form === "aggregates") return parts.map((part) => `p${name}${part.suffix}${rest}`);
  return parts
    .filter((part) => name.endsWith(part.suffix) && name.length > part.suffix.length)
    .map((part) => `h${name.slice(0, -part.suffix.length)}${rest}`);
}

/**
 * A name as Datadog stores it: letters, digits, `_` and `.`, starting with a letter, at most `chars` long. Datadog
 * replaces other characters itself, and drops names that start otherwise (here they get `m_`). Done here, because
 * names that become equal must share a cell: at Datadog they would overwrite each other.
 */
export function metricName(name: string, chars: number): string {
  const valid = name.replace(/[^A-Za-z0-9_.]/gu, "_");
  return (/^[A-Za-z]/.test(valid) ? valid : `m_${valid}`).slice(0, chars);
}

/** At most `chars` UTF-16 units, never half of a surrogate pair. */
function cut(text: string, chars: number): string {
  if (text.length <= chars) return text;
  const short = text.slice(0, chars);
  return /[\ud800-\udbff]$/.test(short) ? short.slice(0, -1) : short;
}
