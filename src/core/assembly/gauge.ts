import { HEADER, recordAt, touch } from "./cell";
import { saturate } from "./mix";

/**
 * gauge: queue:12|g sets, queue:+3|g and queue:-1|g may be steps (DESIGN: gauge sign).
 *
 *   24  f64  value     the last value that was set
 *   32  f64  setMs     when; -1 = never (since the last drain)
 *   40  f64  steps     sum of the steps since then
 *   48  f64  stepMs    when the last of them came
 *
 * Merging takes the later value, its steps, and those steps of the other side that came after that value. For values
 * alone and for steps alone this is associative and commutative; where two tallies mix both for one gauge, the order
 * is known to the width of one drain.
 */
export const GAUGE_BYTES: usize = HEADER + 32;
const VALUE: usize = 24;
const SET_MS: usize = 32;
const STEPS: usize = 40;
const STEP_MS: usize = 48;

export const NEVER: f64 = -1;

export function gaugeInit(where: usize): void {
  store<f64>(where, NEVER, SET_MS);
  store<f64>(where, NEVER, STEP_MS);
}

@inline
export function gaugeSet(cell: u32, value: f64, nowMs: f64): void {
  const where = recordAt(cell, GAUGE_BYTES);
  touch(where, cell, 1);
  store<f64>(where, value, VALUE);
  store<f64>(where, nowMs, SET_MS);
  store<f64>(where, 0, STEPS);
  store<f64>(where, NEVER, STEP_MS);
}

@inline
export function gaugeStep(cell: u32, step: f64, nowMs: f64): void {
  const where = recordAt(cell, GAUGE_BYTES);
  touch(where, cell, 1);
  store<f64>(where, saturate(load<f64>(where, STEPS) + step), STEPS);
  store<f64>(where, nowMs, STEP_MS);
}

export const GAUGE_ROW: u32 = 40;

/** Row of a delta: u32 cell, u32 samples, f64 value, setMs, steps, stepMs. */
export function gaugeWrite(cell: u32, where: usize, into: usize): void {
  store<u32>(into, cell);
  store<u32>(into, load<u32>(where), 4);
  v128.store(into, v128.load(where, VALUE), 8);
  v128.store(into, v128.load(where, STEPS), 24);
}

export function gaugeDrain(cell: u32, where: usize, into: usize): void {
  gaugeWrite(cell, where, into);
  store<u32>(where, 0);
  store<f64>(where, 0, VALUE);
  store<f64>(where, 0, STEPS);
  gaugeInit(where);
}

export function gaugeMerge(cell: u32, row: usize): void {
  const where = recordAt(cell, GAUGE_BYTES);
  touch(where, cell, load<u32>(row, 4));
  const mine = load<f64>(where, SET_MS);
  const theirs = load<f64>(row, 16);
  const later = theirs > mine || (theirs == mine && load<f64>(row, 8) > load<f64>(where, VALUE));
  const setMs = max(mine, theirs);
  const keepMine = later ? load<f64>(where, STEP_MS) >= setMs : true;
  const keepTheirs = later ? true : load<f64>(row, 32) >= setMs;
  const steps = (keepMine ? load<f64>(where, STEPS) : 0) + (keepTheirs ? load<f64>(row, 24) : 0);
  const stepMs = max(keepMine ? load<f64>(where, STEP_MS) : NEVER, keepTheirs ? load<f64>(row, 32) : NEVER);
  if (later) store<f64>(where, load<f64>(row, 8), VALUE);
  store<f64>(where, setMs, SET_MS);
  store<f64>(where, saturate(steps), STEPS);
  store<f64>(where, stepMs, STEP_MS);
}

export function gaugeValue(where: usize): f64 {
  return saturate(load<f64>(where, VALUE) + load<f64>(where, STEPS));
}
