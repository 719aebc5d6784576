import type { Series } from "./series.ts";
import type { OnPrometheus } from "./treatment.ts";

/** Lines that are no samples to aggregate: events, service checks, and samples that carry their own time. */

export interface Event {
  readonly title: string;
  readonly text: string;
  /** Unix seconds; null = when it was received. */
  readonly timestamp: number | null;
  /** null = this server's host name. */
  readonly hostname: string | null;
  readonly aggregationKey: string;
  readonly priority: "normal" | "low";
  readonly alertType: "error" | "warning" | "info" | "success";
  readonly sourceType: string;
  readonly tags: readonly string[];
}

export interface ServiceCheck {
  readonly name: string;
  /** 0 ok, 1 warning, 2 critical, 3 unknown. */
  readonly status: 0 | 1 | 2 | 3;
  readonly timestamp: number | null;
  readonly hostname: string | null;
  readonly message: string;
  readonly tags: readonly string[];
}

/** A counter or gauge line with `|T<unix seconds>`: never aggregated, see DogStatsD 1.3. */
export interface TimestampedSample {
  readonly name: string;
  readonly tags: readonly string[];
  readonly host: string | undefined;
  /** As of a series. */
  readonly prometheus?: OnPrometheus | undefined;
  readonly kind: "counter" | "gauge";
  readonly values: readonly number[];
  /** Unix seconds, above 0. */
  readonly timestamp: number;
}

/** One sample of a series that is counted among the others, and the trace that it belongs to. */
export interface SampleExemplar {
  readonly series: Series;
  readonly label: readonly [key: string, value: string];
  /** As sent, in the unit of the series. */
  readonly value: number;
  /** Unix milliseconds, of its arrival. */
  readonly timeMs: number;
}

/** What leaves the core by the side door, in order of arrival. */
export type Special =
  | { readonly type: "event"; readonly event: Event }
  | { readonly type: "service_check"; readonly check: ServiceCheck }
  | { readonly type: "timestamped"; readonly sample: TimestampedSample }
  | { readonly type: "exemplar"; readonly exemplar: SampleExemplar };
