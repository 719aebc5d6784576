/** A scale of a chart: where a value lies, and the values that are written at it. */
export interface Axis {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** From `from` (0) to `to` (the first whole step that is not below `max`), in about four steps of 1, 2 or 5 times a power of ten. */
export function linearAxis(max: number, from: number, to: number): Axis {
  const step = roundUp(max / 4);
  const steps = Math.max(1, Math.ceil(max / step - 1e-9));
  const ticks = Array.from({ length: steps + 1 }, (_, index) => Number((index * step).toPrecision(12)));
  return { at: (value) => from + (value / (steps * step)) * (to - from), ticks };
}

/** Logarithmic, from `low` to `high`, both above 0; written are 1, 2 and 5 times powers of ten, of many decades the powers. */
export function logAxis(low: number, high: number, from: number, to: number): Axis {
  const span = Math.log(high / low);
  const at = (value: number): number => from + (span === 0 ? 0.5 : Math.log(value / low) / span) * (to - from);
  const first = Math.floor(Math.log10(low));
  const decades = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, index) => 10 ** (first + index));
  const factors = span > Math.log(1_000) ? [1] : [1, 2, 5];
  const round = decades.flatMap((decade) => factors.map((factor) => factor * decade));
  const within = round.filter((value) => value >= low && value <= high);
  return { at, ticks: within.length > 1 ? within : [...new Set([low, high])] };
}

/** The next 1, 2 or 5 times a power of ten that is not below `value`. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((factor) => factor * power >= value * (1 - 1e-9)) ?? 10) * power;
}
