import { LOSS_RATIO_MAX } from "./verdict.ts";

/** What one step of the search found. */
export interface RatePoint {
  /** Lines a second that were asked for. */
  readonly rate: number;
  /** Lines a second that the sender reached. */
  readonly reached: number;
  readonly lossRatio: number;
  readonly percentOfCore: number;
  readonly nanosecondsPerLine: number;
  readonly isConfirmation: boolean;
}

export interface MaxRate {
  /** In the order in which they were measured. */
  readonly points: readonly RatePoint[];
  /** The confirmed point; absent where no rate was without loss, or the confirmation failed again and again. */
  readonly best: RatePoint | undefined;
  /** What ended the search: the server lost lines above, the sender could not send more, the search went no further, or somebody. */
  readonly limit: "server" | "sender" | "search" | "interrupt";
}

export interface SearchBounds {
  /** Lines a second. */
  readonly start: number;
  readonly min: number;
  readonly max: number;
}

/** Ends a search with what it has found so far. */
export class SearchInterrupted extends Error {
  override readonly name = "SearchInterrupted";
}

/** Measures a rate, for longer where it is a confirmation. May reject with `SearchInterrupted`. */
export type Measure = (rate: number, isConfirmation: boolean) => Promise<RatePoint>;

/** Good enough: the result says how far apart the last good and the first bad rate are. */
const RESOLUTION = 1.06;
/** A sender that reaches less of what was asked is the limit itself. */
const REACHED_MIN = 0.9;
const CONFIRMATIONS_MAX = 4;
const BACK_OFF = 0.85;

/**
 * Searches the highest rate with less than 0.1 % loss: doubles from `start` until a rate fails (or halves until one does
 * not), narrows the gap by geometric means, then confirms with a longer step, lower and lower if need be. What is not good,
 * or not reached, is tried twice: a single stall of a busy machine is no verdict, neither on the server nor the sender.
 */
export async function findMax(bounds: SearchBounds, measure: Measure): Promise<MaxRate> {
  const points: RatePoint[] = [];
  try {
    return await search(bounds, measure, points);
  } catch (error) {
    if (!(error instanceof SearchInterrupted) || points.length === 0) throw error;
    return { points, best: undefined, limit: "interrupt" };
  }
}

async function search(bounds: SearchBounds, measure: Measure, points: RatePoint[]): Promise<MaxRate> {
  const take = async (rate: number, isConfirmation = false): Promise<RatePoint> => {
    const point = await measure(Math.round(rate), isConfirmation);
    points.push(point);
    return point;
  };
  const tryTwice = async (rate: number): Promise<RatePoint> => {
    const first = await take(rate);
    return isGood(first) && !isSenderLimit(first) ? first : take(rate);
  };
  const { good, bad, limit } = await bracket(bounds, tryTwice);
  if (good === undefined) return { points, best: undefined, limit };
  const found = bad === undefined ? { good, limit } : await narrow(good, bad, tryTwice);
  let rate = Math.min(found.good.rate, found.good.reached);
  for (let i = 0; i < CONFIRMATIONS_MAX; i++, rate *= BACK_OFF) {
    const point = await take(rate, true);
    if (isGood(point)) return { points, best: point, limit: found.limit };
  }
  return { points, best: undefined, limit: found.limit };
}

interface Bracket {
  readonly good: RatePoint | undefined;
  /** The lowest rate that failed, lines a second. */
  readonly bad: number | undefined;
  readonly limit: MaxRate["limit"];
}

async function bracket(bounds: SearchBounds, measure: (rate: number) => Promise<RatePoint>): Promise<Bracket> {
  let good: RatePoint | undefined;
  let bad: number | undefined;
  for (let rate = bounds.start; ;) {
    const point = await measure(rate);
    if (isGood(point)) {
      good = point;
      if (isSenderLimit(point)) return { good, bad: undefined, limit: "sender" };
      if (bad !== undefined) return { good, bad, limit: "server" };
      if (rate >= bounds.max) return { good, bad, limit: "search" };
      rate = Math.min(bounds.max, rate * 2);
    } else {
      bad = rate;
      if (good !== undefined || rate <= bounds.min) return { good, bad, limit: "server" };
      rate = Math.max(bounds.min, rate / 2);
    }
  }
}

async function narrow(
  start: RatePoint,
  firstBad: number,
  measure: (rate: number) => Promise<RatePoint>,
): Promise<{ readonly good: RatePoint; readonly limit: MaxRate["limit"] }> {
  let [good, bad] = [start, firstBad];
  while (bad / good.rate > RESOLUTION) {
    const point = await measure(Math.sqrt(good.rate * bad));
    if (!isGood(point)) bad = point.rate;
    else if (isSenderLimit(point)) return { good: point, limit: "sender" };
    else good = point;
  }
  return { good, limit: "server" };
}

function isGood({ lossRatio }: RatePoint): boolean {
  return lossRatio < LOSS_RATIO_MAX;
}

function isSenderLimit({ rate, reached }: RatePoint): boolean {
  return reached < rate * REACHED_MIN;
}
