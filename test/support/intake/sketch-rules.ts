import { LogarithmicMapping } from "@datadog/sketches-js/dist/ddsketch/mapping/index.js";
import { require400 } from "./refusal.ts";
import { checkName, checkTags, checkTimestamp } from "./rules.ts";

export interface TakenSketch {
  readonly metric: string;
  readonly host: string;
  readonly tags: readonly string[];
  /** Unix seconds. */
  readonly ts: number;
  readonly cnt: number;
  readonly min: number;
  readonly max: number;
  readonly avg: number;
  readonly sum: number;
  readonly k: readonly number[];
  readonly n: readonly number[];
}

const GAMMA = 1.015625;
const MAPPING = LogarithmicMapping.fromGammaOffset(GAMMA, 0);
const KEY_MAX = 32_766;

/** The bin of a value, by Datadog's own mapping; the largest key that a sketch may carry where it is beyond. */
export function referenceKey(value: number): number {
  if (value < 0) return -referenceKey(-value);
  if (value < GAMMA ** -1337) return 0;
  return Math.min(Math.max(MAPPING.key(value / Math.sqrt(GAMMA)) + 1338, 1), KEY_MAX);
}

export function checkSketch(sketch: TakenSketch): void {
  const { metric, cnt, min, max, avg, sum, k, n } = sketch;
  checkName(metric);
  checkTags(sketch.tags);
  checkTimestamp(sketch.ts);
  require400(k.length === n.length && k.length > 0, `${metric}: ${k.length} keys, ${n.length} counts`);
  require400(
    k.every((key, index) => index === 0 || key >= (k[index - 1] as number)),
    `${metric}: keys do not ascend`,
  );
  require400(
    k.every((key) => Math.abs(key) <= KEY_MAX),
    `${metric}: a key is out of range`,
  );
  require400(
    n.every((count) => count >= 1 && count <= 65_535),
    `${metric}: a count is out of range`,
  );
  require400(n.reduce((total, count) => total + count, 0) === cnt, `${metric}: the counts do not add up to cnt`);
  require400([min, max, avg, sum].every(Number.isFinite), `${metric}: a summary is not finite`);
  require400(min <= avg && avg <= max, `${metric}: the average ${avg} is outside [${min}, ${max}]`);
  // Sample rates make counts fractional; the whole count is off by half a sample at most, the sum is not.
  const tolerance = 1e-6 * Math.abs(sum) + 0.5 * Math.max(Math.abs(min), Math.abs(max));
  require400(Math.abs(sum - avg * cnt) <= tolerance, `${metric}: sum ${sum} is not avg ${avg} · cnt ${cnt}`);
  require400(k[0] === referenceKey(min), `${metric}: the lowest key ${k[0]} is not that of the minimum ${min}`);
  require400(
    k.at(-1) === referenceKey(max),
    `${metric}: the highest key ${k.at(-1)} is not that of the maximum ${max}`,
  );
}
