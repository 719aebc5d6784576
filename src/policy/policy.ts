import { kindRow } from "../model/kind.ts";
import type { Kind } from "../model/kind.ts";
import type { Origin } from "../model/origin.ts";
import type { Series } from "../model/series.ts";
import type { LimitReason } from "../model/reject.ts";
import { overflowSeries } from "./cardinality.ts";
import { createFilter } from "./filter.ts";
import type { FilterOptions } from "./filter.ts";
import { createExporterMapper } from "./mapping/exporter/mapper.ts";
import type { ExporterMapper } from "./mapping/exporter/mapper.ts";
import type { PreparedMapping } from "./mapping/exporter/prepare.ts";
import type { Mapping } from "./mapping/mapping.ts";
import type { Profile } from "./mapping/profile.ts";
import { createProfileMapping } from "./mapping/profiles.ts";
import { createNamespace } from "./namespace.ts";
import { NO_ORIGIN, originTags } from "./origin.ts";
import type { OriginTag } from "./origin.ts";
import { createTagFilter } from "./tag-filter.ts";
import type { TagRule } from "./tag-filter.ts";
import { canonicalTags, splitTags } from "./tags.ts";

/** Everything that decides what a raw key becomes; plain data, crosses to the shard threads. */
export interface PolicyOptions extends FilterOptions {
  /** The Agent's mapper profiles, as `readProfiles` has checked them. */
  readonly profiles: readonly Profile[];
  /** Tags added to every series, `key:value` or bare. */
  readonly globalTags: readonly string[];
  /** Prefix of metric names, with its trailing dot; "" = none. */
  readonly namespace: string;
  /** Names that start with one of these get no namespace. */
  readonly namespaceExempt: readonly string[];
  /** Which tags are taken from, or left to, a metric. */
  readonly tagRules: readonly TagRule[];
  /** Tags made of a line's origin. The tally must read origin fields (`readsOrigin`) exactly where there are any. */
  readonly originTags: readonly OriginTag[];
  /** Index into the layouts for histograms and distributions (unit as sent), and for timers (ms). */
  readonly layoutPlain: number;
  readonly layoutTimer: number;
  /** statsd_exporter's rules: what Prometheus calls a series. Absent = as every output calls it. */
  readonly exporter?: PreparedMapping;
  /** True: nobody but Prometheus wants numbers, so that what it does not want is not aggregated at all. */
  readonly isForPrometheusOnly?: boolean;
  /** How often the options were read again; absent = never. */
  readonly epoch?: number;
}

export type Binding =
  | { readonly type: "series"; readonly series: Series }
  | { readonly type: "drop"; readonly reason: LimitReason };

/** Canonical tags and host. */
export interface Description {
  readonly tags: readonly string[];
  /** "" = explicitly no host; undefined = none was said. */
  readonly host: string | undefined;
}

/** `tags` are as sent: any order, duplicates and empty ones included; `origin` is what the line's fields say. */
export interface Policy {
  /** Pure. */
  bind(name: string, tags: readonly string[], kind: Kind, origin?: Origin): Binding;
  /** As `bind`, for a sample that is not aggregated: its tags are not filtered, or two of a time would fall together. */
  bindTimestamped(name: string, tags: readonly string[], kind: Kind, origin?: Origin): Binding;
  /** The series that stands in for `series` once the limit is reached: same name and kind, `overflow:true`. */
  overflow(series: Series): Series;
  /** Of an event or service check, which are neither mapped, prefixed nor filtered. */
  describe(tags: readonly string[], origin?: Origin): Description;
}

/**
 * The order is the DogStatsD Agent's: mapping, `host:` and internal tags taken out, namespace, filter on the prefixed
 * name, global tags, filter of tags. Global tags never replace a client's tag of the same key: both stay, as in the
 * Agent. The mapping comes before both outputs, because there is one aggregation: Prometheus and Datadog show the same
 * mapped series, each under its own projection of that name.
 *
 * statsd_exporter's rules come last: they see the series as Datadog shows it, and say how Prometheus shows it beside that.
 * So they are a function of the series, and all raw keys of one series agree about them.
 */
export function createPolicy(
  options: PolicyOptions,
  mapping: Mapping = createProfileMapping(options.profiles),
  exporter: ExporterMapper | undefined = options.exporter && createExporterMapper(options.exporter),
): Policy {
  const wanted = createFilter(options);
  const prefixed = createNamespace(options.namespace, options.namespaceExempt);
  const keptTags = createTagFilter(options.tagRules);
  const epoch = options.epoch === undefined ? {} : { epoch: options.epoch };

  function describe(tags: readonly string[], sent: Origin = NO_ORIGIN): Description {
    // Events bring their origin fields even where nobody asked, metrics do not: both are to be read alike.
    const origin = options.originTags.length > 0 ? sent : NO_ORIGIN;
    const { host, entityId, cardinality, ...split } = splitTags(tags, origin.cardinality !== "");
    const facts = { ...origin, entityId, cardinality: origin.cardinality || cardinality };
    const more = originTags(facts, options.originTags);
    return { tags: canonicalTags([...split.tags, ...more, ...options.globalTags]), host };
  }

  /** The series with its layout and with what Prometheus makes of it. */
  function laidOut(series: Omit<Series, "layout">): Series {
    const row = kindRow(series.kind);
    const mapped = exporter?.map(series);
    const { layoutPlain, layoutTimer } = mapped?.look ?? options;
    const layout = row.cell !== "histogram" ? 0 : row.unit === "ms" ? layoutTimer : layoutPlain;
    return { ...series, layout, ...(mapped && { prometheus: mapped.onPrometheus }), ...epoch };
  }

  function bindWith(filterTags: typeof keptTags, [name, tags, kind, origin]: Parameters<Policy["bind"]>): Binding {
    const mapped = mapping.map(name, tags);
    const fullName = prefixed(mapped.name);
    if (!wanted(fullName)) return { type: "drop", reason: "filter" };
    const { tags: all, host } = describe(mapped.tags, origin);
    const series = laidOut({ name: fullName, tags: filterTags(fullName, all), host, kind });
    const isUnwanted = options.isForPrometheusOnly === true && series.prometheus?.isDropped === true;
    return isUnwanted ? { type: "drop", reason: "mapping" } : { type: "series", series };
  }

  return {
    describe,
    bind: (...key) => bindWith(keptTags, key),
    bindTimestamped: (...key) => bindWith((_name, tags) => tags, key),
    overflow: (series) => laidOut(overflowSeries(series, options.globalTags)),
  };
}
