import { HEADER, recordAt, touch } from "./cell";
import { saturate } from "./mix";

/**
 * counter: requests:3|c|@0.5 adds 6. Float64, as clients send fractions and rates do not divide.
 *
 *   24  f64  up      sum of the positive values, each divided by its rate
 *   32  f64  down    sum of the negative ones: a Prometheus counter must not fall, a Datadog one may
 */
export const COUNTER_BYTES: usize = HEADER + 16;
const UP: usize = 24;
const DOWN: usize = 32;

@inline
export function counterAdd(cell: u32, value: f64, samples: u32): void {
  const where = recordAt(cell, COUNTER_BYTES);
  touch(where, cell, samples);
  if (value >= 0) store<f64>(where, saturate(load<f64>(where, UP) + value), UP);
  else store<f64>(where, saturate(load<f64>(where, DOWN) + value), DOWN);
}

export const COUNTER_ROW: u32 = 24;

/** Row of a delta: u32 cell, u32 samples, f64 up, f64 down. */
export function counterWrite(cell: u32, where: usize, into: usize): void {
  store<u32>(into, cell);
  store<u32>(into, load<u32>(where), 4);
  v128.store(into, v128.load(where, UP), 8);
}

export function counterDrain(cell: u32, where: usize, into: usize): void {
  counterWrite(cell, where, into);
  counterReset(where);
}

export function counterMerge(cell: u32, row: usize): void {
  const where = recordAt(cell, COUNTER_BYTES);
  touch(where, cell, load<u32>(row, 4));
  store<f64>(where, saturate(load<f64>(where, UP) + load<f64>(row, 8)), UP);
  store<f64>(where, saturate(load<f64>(where, DOWN) + load<f64>(row, 16)), DOWN);
}

export function counterReset(where: usize): void {
  store<u32>(where, 0);
  v128.store(where, f64x2.splat(0), UP);
}

export function counterUp(where: usize): f64 {
  return load<f64>(where, UP);
}

export function counterDown(where: usize): f64 {
  return load<f64>(where, DOWN);
}
