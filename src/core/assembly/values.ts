import { counterAdd } from "./counter";
import { isDog } from "./field";
import { gaugeSet, gaugeStep } from "./gauge";
import { memberHash } from "./hash";
import { histogramAdd } from "./histogram";
import { numberEnd, numberSigned, readNumber } from "./number";
import { BAD_VALUE, EMPTY_VALUE, NOT_FINITE } from "./reason";
import { COLON } from "./scan";
import { gaugeSign, stamp } from "./settings";
import { RATES_CLAMPED, count } from "./stats";
import { setAdd } from "./set";

/**
 * The values of a line, or of one pair of it: read first, added to a cell once the rest is known to be good.
 *
 *   page.views:1:2:3|c        packed values (1.1); a set has one member, colons and all
 *              ^^^^^
 */
export const KIND_COUNTER: i32 = 0;
export const KIND_GAUGE: i32 = 1;
export const KIND_SET: i32 = 2;

const VALUES_MAX: u32 = 32768;
/** Packed values and, per value, whether it had a sign. A datagram has at most 65,507 bytes, so 32,753 values. */
const VALUES = memory.data(32768 * 8, 16);
const SIGNED = memory.data(32768, 16);

/** How many values there are; of a set, one: `member` and `memberLength`. */
export let values: u32 = 0;
let member: usize = 0;
let memberLength: usize = 0;
/** Where a value was refused. */
export let valueAt: usize = 0;

/** Reads what is between `at` and `pipe`; answers 0 or a reject reason. */
export function holdValues(kind: i32, at: usize, pipe: usize): i32 {
  return kind == KIND_SET ? readMember(at, pipe) : readValues(at, pipe);
}

/** A set's member is everything up to the pipe, colons too. */
function readMember(at: usize, pipe: usize): i32 {
  member = at;
  memberLength = pipe - at;
  values = 1;
  valueAt = at;
  return memberLength == 0 ? EMPTY_VALUE : 0;
}

/** Packed values; empty elements are passed over, but one must remain. One bad element spoils all. */
function readValues(at: usize, pipe: usize): i32 {
  values = 0;
  let p = at;
  while (p < pipe) {
    if (<u32>load<u8>(p) == COLON) {
      p++;
      continue;
    }
    const value = readNumber(p);
    valueAt = p;
    if (isNaN(value)) return BAD_VALUE;
    if (!isFinite(value)) return NOT_FINITE;
    if (values < VALUES_MAX) {
      store<f64>(VALUES + (values << 3), value);
      store<u8>(SIGNED + values, numberSigned ? 1 : 0);
      values++;
    }
    p = numberEnd;
  }
  valueAt = at;
  return values == 0 ? EMPTY_VALUE : 0;
}

/** Adds what is held to a cell. */
@inline
export function addValues(kind: i32, cell: u32, rate: f64): void {
  const share = usableRate(rate);
  if (kind == KIND_COUNTER) {
    for (let i: u32 = 0; i < values; i++) counterAdd(cell, load<f64>(VALUES + (i << 3)) / share, 1);
  } else if (kind == KIND_GAUGE) addGauges(cell);
  else if (kind == KIND_SET) addMember(cell);
  else {
    const weight = 1 / share;
    for (let i: u32 = 0; i < values; i++) histogramAdd(cell, load<f64>(VALUES + (i << 3)), weight);
  }
}

/** A rate outside (0, 1], or so small that its weight has no number, says nothing: the sample is kept as one. */
@inline
export function usableRate(rate: f64): f64 {
  if (rate == 1) return 1;
  if (rate > 0 && rate <= 1 && isFinite(1 / rate)) return rate;
  count(RATES_CLAMPED);
  return 1;
}

function addMember(cell: u32): void {
  setAdd(cell, memberHash(member, memberLength), 1);
}

function addGauges(cell: u32): void {
  for (let i: u32 = 0; i < values; i++) {
    addGauge(cell, load<f64>(VALUES + (i << 3)), isStep(load<u8>(SIGNED + i) != 0));
  }
}

@inline
export function addGauge(cell: u32, value: f64, step: bool): void {
  if (step) gaugeStep(cell, value, stamp);
  else gaugeSet(cell, value, stamp);
}

/** A signed value is a step in StatsD and an absolute value in DogStatsD: see src/README.md, gauge sign. */
@inline
export function isStep(signed: bool): bool {
  return signed && (gaugeSign == 2 || (gaugeSign == 0 && !isDog));
}
