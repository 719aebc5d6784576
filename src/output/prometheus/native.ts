import type { NativeReading, NativeSide } from "./format/encoder.ts";

/** Prometheus' own: what lies nearer to zero counts as zero. */
export const ZERO_THRESHOLD = 2 ** -128;
const SCHEMA_MIN = -4;
const SCHEMA_MAX = 8;
/**
 * The finest schema that the linear sub-buckets of a tally fill evenly, by significant digits: at least eight sub-buckets
 * to a bucket. 2 digits are 128 sub-buckets per power of two and make schema 4 (16 buckets per power of two, each 4.4 %
 * wider than the one before), 3 digits are 1,024 and make schema 7 (0.54 %).
 */
export const SCHEMA_BY_DIGITS = { 2: 4, 3: 7 } as const;

/**
 * Of counts, receivers check that they add up, and both sides do that with whole numbers. Sample rates such as 1e-200 make weights
 * beyond all exactness: then no bucket says more than this, and a thousand of them add up to less than 2^53.
 */
const HUGE_COUNT_MAX = 2 ** 43;

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/**
 * The bucket of a positive number: the i for which 2^((i-1) / 2^n) < value <= 2^(i / 2^n). A power of two lies on the edge
 * of a bucket exactly, so its exponent is read from its bits; logarithms of numbers in between are at most one unit in the last place off.
 */
export function bucketIndex(value: number, schema: number): number {
  float[0] = value;
  let exponent = ((words[1] as number) >>> 20) & 0x7ff;
  let shift = 1023;
  if (exponent === 0) {
    float[0] = value * 2 ** 54;
    exponent = ((words[1] as number) >>> 20) & 0x7ff;
    shift += 54;
  }
  const whole = exponent - shift;
  words[1] = ((words[1] as number) & 0xfffff) | 0x3ff00000;
  const fraction = float[0];
  const ceiling = fraction === 1 ? whole : whole + 1;
  // Plus 0, because what is rounded up to zero would be -0.
  if (schema <= 0) return Math.ceil(ceiling / 2 ** -schema) + 0;
  return whole * 2 ** schema + Math.ceil(Math.log2(fraction) * 2 ** schema);
}

/** The buckets of one histogram, filled from those of a tally and read once. One object, filled anew for each histogram. */
export class NativeFold implements NativeReading {
  readonly zeroThreshold = ZERO_THRESHOLD;
  schema = 0;
  zeroCount = 0;
  positive: NativeSide = { indexes: [], counts: [] };
  negative: NativeSide = { indexes: [], counts: [] };
  #digits: 2 | 3 = 2;
  #divisor = 1;
  readonly #weights = { positive: new Map<number, number>(), negative: new Map<number, number>() };
  #zero = 0;
  /** Of all weights. */
  #sum = 0;

  /**
   * `digits` are those of the tally's layout; samples are divided by `divisor`, which may be negative. `factor` is the growth
   * from one bucket to the next that is wanted at most; undefined = as fine as the layout allows.
   */
  begin(digits: 2 | 3, divisor: number, factor?: number): void {
    this.schema = Math.min(SCHEMA_BY_DIGITS[digits], factor === undefined ? SCHEMA_MAX : schemaOf(factor));
    this.#digits = digits;
    this.#divisor = divisor;
    this.#zero = 0;
    this.#sum = 0;
    this.#weights.positive.clear();
    this.#weights.negative.clear();
  }

  /**
   * A bucket of the tally goes to one exponential bucket as a whole, by its middle: always to the same one, so that counts
   * never fall. What straddles an edge may be one bucket off, by less than its own width (1/128 or 1/1,024). A value that
   * is known exactly goes where its bucket of the tally would: there it will be found later, when there are more.
   */
  readonly add = (low: number, high: number, weight: number): void => {
    this.#sum += weight;
    const edge = low >= 0 || low === high ? low : high;
    const middle = Math.min(middleOf(Math.abs(edge), this.#digits) / Math.abs(this.#divisor), Number.MAX_VALUE);
    if (!(middle > ZERO_THRESHOLD)) {
      this.#zero += weight;
      return;
    }
    const side = edge > 0 === this.#divisor > 0 ? this.#weights.positive : this.#weights.negative;
    const index = bucketIndex(middle, this.schema);
    side.set(index, (side.get(index) ?? 0) + weight);
  };

  /**
   * Merges neighbours until there are at most `bucketsMax`, and rounds: each count by itself, so that none falls. Buckets
   * that round to 0 stay, because one that vanishes looks like a restart. So does a schema that gets finer, which cannot
   * happen: buckets only become more.
   */
  end(bucketsMax: number): void {
    const { positive, negative } = this.#weights;
    while (positive.size + negative.size > bucketsMax && this.schema > SCHEMA_MIN) {
      this.schema -= 1;
      halve(positive);
      halve(negative);
    }
    const most = this.#sum < Number.MAX_SAFE_INTEGER ? Infinity : HUGE_COUNT_MAX;
    this.zeroCount = Math.min(Math.round(this.#zero), most);
    this.positive = sideOf(positive, most);
    this.negative = sideOf(negative, most);
  }

  /** Samples in all buckets: what receivers check the count against. */
  get count(): number {
    const sum = (total: number, count: number): number => total + count;
    return this.positive.counts.reduce(sum, 0) + this.negative.counts.reduce(sum, 0) + this.zeroCount;
  }
}

/** The coarsest schema whose buckets grow by no more than `factor`, as Prometheus' libraries choose it. */
function schemaOf(factor: number): number {
  return factor > 1
    ? 0 - Math.min(Math.max(Math.floor(Math.log2(Math.log2(factor))), -SCHEMA_MAX), -SCHEMA_MIN)
    : SCHEMA_MAX;
}

/** The middle of the linear sub-bucket that a size falls into: its first 7 (10) bits of mantissa, then one more bit. */
function middleOf(size: number, digits: 2 | 3): number {
  const kept = digits === 3 ? 10 : 7;
  float[0] = size;
  words[1] = (((words[1] as number) >>> (20 - kept)) << (20 - kept)) | (1 << (19 - kept));
  words[0] = 0;
  return size === 0 ? 0 : float[0];
}

/** Buckets 2j - 1 and 2j of a schema are bucket j of the one below. */
function halve(weights: Map<number, number>): void {
  const before = [...weights];
  weights.clear();
  for (const [index, weight] of before) {
    const coarser = Math.ceil(index / 2);
    weights.set(coarser, (weights.get(coarser) ?? 0) + weight);
  }
}

function sideOf(weights: Map<number, number>, most: number): NativeSide {
  const sorted = [...weights].sort(([left], [right]) => left - right);
  return {
    indexes: sorted.map(([index]) => index),
    counts: sorted.map(([, weight]) => Math.min(Math.round(weight), most)),
  };
}
