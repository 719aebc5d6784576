import { require400 } from "./refusal.ts";

/** What a point of a series has become, whatever route and format it came by. */
export interface TakenPoint {
  readonly metric: string;
  readonly host: string;
  readonly device: string;
  readonly tags: readonly string[];
  readonly type: "count" | "rate" | "gauge";
  /** Seconds; 0 = none given. */
  readonly interval: number;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly value: number;
}

export const POINTS_MAX = 10_000;

export function checkName(metric: unknown): asserts metric is string {
  require400(typeof metric === "string" && /^[A-Za-z][A-Za-z0-9_.]{0,199}$/.test(metric), `bad metric name ${metric}`);
}

export function checkTags(tags: unknown): asserts tags is string[] {
  require400(Array.isArray(tags), "tags are not a list");
  for (const tag of tags) require400(typeof tag === "string" && tag.length >= 1 && tag.length <= 200, `bad tag ${tag}`);
  require400(new Set(tags).size === tags.length, "a tag is there twice");
}

/** Whole seconds: milliseconds are the classic mistake. */
export function checkTimestamp(timestamp: unknown): asserts timestamp is number {
  require400(Number.isSafeInteger(timestamp), `the timestamp ${timestamp} is not a whole number`);
  require400((timestamp as number) > 0 && (timestamp as number) < 1e11, `the timestamp ${timestamp} is not in seconds`);
}

/** Outside of this the real intake answers 202 and forgets the point. */
export function isSilentlyDropped(timestamp: number, nowSeconds: number): boolean {
  return timestamp < nowSeconds - 3600 || timestamp > nowSeconds + 600;
}

export function checkPoint(point: TakenPoint): void {
  checkName(point.metric);
  checkTags(point.tags);
  checkTimestamp(point.timestamp);
  require400(
    typeof point.value === "number" && Number.isFinite(point.value),
    `${point.metric}: the value is no number`,
  );
  require400(point.type === "gauge" || point.interval > 0, `${point.metric}: a ${point.type} needs an interval`);
  require400(Number.isSafeInteger(point.interval), `${point.metric}: the interval is not a whole number`);
}
