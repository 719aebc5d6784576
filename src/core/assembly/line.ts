import { isTight } from "./memory";
import { counterAdd } from "./counter";
import { addKey } from "./cell";
import { setAdd } from "./set";
import { hasTimestamp, isDog, fieldAt, lineEnd, noFields, rate, readFields, tags, tagsLength, tagsSum } from "./field";
import { gaugeSet, gaugeStep } from "./gauge";
import { keyHash, memberHash } from "./hash";
import { histogramAdd } from "./histogram";
import { bind, reject, special } from "./host";
import { numberEnd, numberSigned, plainNumber, readNumber, readPlain } from "./number";
import {
  BAD_TYPE,
  BAD_VALUE,
  EMPTY_NAME,
  EMPTY_VALUE,
  LIMIT_KEY_BYTES,
  NOT_FINITE,
  NO_COLON,
  NO_TYPE,
  TIMESTAMP_KIND,
} from "./reason";
import { COLON, CR, LF, PIPE, atEnd, scanField, scanLine, scanName, scannedSum } from "./scan";
import { gaugeSign, keyBytesMax, keysMax, stamp } from "./settings";
import { ACCEPTED, BINDS, LIMITED, LINES, OVERFLOWED, RATES_CLAMPED, REJECTED, SAMPLES, SPECIALS, add, count } from "./stats";
import { DROPPED, OVERFLOW, find, insert, markUsed, rawKeyCount, valueOf } from "./table";

/**
 * One line.
 *
 *   page.views:1|c|@0.1|#env:prod,route:/a
 *   ^^^^^^^^^^               ^^^^^^^^^^^^^^^^^^     name and tags: the key, hashed while their ends are searched
 *              ^                                 values, one or packed with colons (1.1)
 *                ^                               type
 *                  ^^^^                          fields
 */
const VALUES_MAX: u32 = 32768;
/** Packed values and, per value, whether it had a sign. A datagram has at most 65,507 bytes, so 32,753 values. */
const VALUES = memory.data(32768 * 8, 16);
const SIGNED = memory.data(32768, 16);

const KIND_COUNTER: i32 = 0;
const KIND_GAUGE: i32 = 1;
const KIND_SET: i32 = 2;
const EVENT: u32 = 0;
const SERVICE_CHECK: u32 = 1;
const TIMESTAMPED: u32 = 2;

/** How many values the line has; the first ones are in VALUES. Of a set line, `member` and `memberLength`. */
let values: u32 = 0;
let member: usize = 0;
let memberLength: usize = 0;
/** Where a reject happened. */
let diedAt: usize = 0;

/**
 * Ingests `length` bytes at `at`: lines, the last with or without its LF. The byte behind them is borrowed for a line
 * feed and given back.
 */
export function ingest(at: usize, length: usize): void {
  const end = at + length;
  const borrowed = load<u8>(end);
  store<u8>(end, <u8>LF);
  let p = at;
  while (p < end) p = ingestLine(p) + 1;
  store<u8>(end, borrowed);
}

/** Answers where the line ends: at its LF. */
export function ingestLine(line: usize): usize {
  const first = <u32>load<u8>(line);
  if (first == LF) return line;
  if (first == CR && load<u8>(line, 1) == <u8>LF) return line + 1;
  count(LINES);
  if (first == 0x5f) {
    if (load<u16>(line, 1) == 0x7b65) return leave(EVENT, line); // _e{
    if (load<u32>(line) == 0x7c63735f) return leave(SERVICE_CHECK, line); // _sc|
  }
  const colon = scanName(line);
  const nameSum = scannedSum;
  if (<u32>load<u8>(colon) != COLON) return refuse(NO_COLON, line, colon);
  if (colon == line) return refuse(EMPTY_NAME, line, line);
  const single = readPlain(colon + 1) && <u32>load<u8>(numberEnd) == PIPE;
  const value = plainNumber();
  const signed = numberSigned;
  const pipe = single ? numberEnd : scanField(colon + 1);
  if (<u32>load<u8>(pipe) != PIPE) return refuse(NO_TYPE, line, pipe);
  const kind = readKind(pipe + 1);
  if (kind < 0) return refuse(BAD_TYPE, line, pipe + 1);
  noFields();
  const typeEnd = kind == 4 ? pipe + 3 : pipe + 2;
  const reason = readFields(typeEnd);
  if (reason != 0) return refuse(reason, line, fieldAt);
  if (single && kind != KIND_SET) {
    store<f64>(VALUES, value);
    store<u8>(SIGNED, signed ? 1 : 0);
    values = 1;
  } else {
    const wrong = kind == KIND_SET ? readMember(colon + 1, pipe) : readValues(colon + 1, pipe);
    if (wrong != 0) return refuse(wrong, line, diedAt);
  }
  if (hasTimestamp) {
    return kind <= KIND_GAUGE ? leave(TIMESTAMPED, line) : refuse(TIMESTAMP_KIND, line, fieldAt - 1);
  }
  take(kind, line, colon - line, nameSum);
  return lineEnd;
}

/** The kind's code, -1 where the type is none or is not followed by `|` or the end. */
@inline
function readKind(at: usize): i32 {
  const type = <u32>load<u8>(at);
  let kind: i32 = -1;
  let end = at + 1;
  if (type == 0x63) kind = 0;
  else if (type == 0x67) kind = 1;
  else if (type == 0x73) kind = 2;
  else if (type == 0x68) kind = 3;
  else if (type == 0x64) kind = 5;
  else if (type == 0x6d && load<u8>(at, 1) == 0x73) {
    kind = 4;
    end++;
  }
  return <u32>load<u8>(end) == PIPE || atEnd(end) ? kind : -1;
}

/** A set's member is everything up to the pipe, colons too. */
function readMember(at: usize, pipe: usize): i32 {
  member = at;
  memberLength = pipe - at;
  values = 1;
  diedAt = at;
  return memberLength == 0 ? EMPTY_VALUE : 0;
}

/** Packed values; empty elements are passed over, but one must remain. One bad element spoils the line. */
function readValues(at: usize, pipe: usize): i32 {
  values = 0;
  let p = at;
  while (p < pipe) {
    if (<u32>load<u8>(p) == COLON) {
      p++;
      continue;
    }
    const value = readNumber(p);
    diedAt = p;
    if (isNaN(value)) return BAD_VALUE;
    if (!isFinite(value)) return NOT_FINITE;
    if (values < VALUES_MAX) {
      store<f64>(VALUES + (values << 3), value);
      store<u8>(SIGNED + values, numberSigned ? 1 : 0);
      values++;
    }
    p = numberEnd;
  }
  diedAt = at;
  return values == 0 ? EMPTY_VALUE : 0;
}

/** Finds or binds the key and adds the values to its cell. */
@inline
function take(kind: i32, name: usize, nameLength: usize, nameSum: u64): void {
  const hash = keyHash(nameSum, nameLength, tagsSum, tagsLength, kind);
  const entry = find(hash, kind, name, nameLength, tags, tagsLength);
  let value: u32;
  if (entry != 0) {
    markUsed(entry);
    value = valueOf(entry);
  } else {
    value = bindKey(hash, kind, name, nameLength);
  }
  if ((value & DROPPED) != 0) return count(LIMITED + (value & 15));
  if ((value & OVERFLOW) != 0) count(OVERFLOWED);
  count(ACCEPTED);
  add(SAMPLES + kind, values);
  const cell = value & ~OVERFLOW;
  const share = usableRate();
  if (kind == KIND_COUNTER) {
    for (let i: u32 = 0; i < values; i++) counterAdd(cell, load<f64>(VALUES + (i << 3)) / share, 1);
  } else if (kind == KIND_GAUGE) takeGauges(cell);
  else if (kind == KIND_SET) addMember(cell);
  else {
    const weight = 1 / share;
    for (let i: u32 = 0; i < values; i++) histogramAdd(cell, load<f64>(VALUES + (i << 3)), weight);
  }
}

/** A rate outside (0, 1], or so small that its weight has no number, says nothing: the sample is kept as one. */
@inline
function usableRate(): f64 {
  if (rate > 0 && rate <= 1 && isFinite(1 / rate)) return rate;
  count(RATES_CLAMPED);
  return 1;
}

/** First sight of a key. Remembered unless there is no room; then the next line with it asks again. */
function bindKey(hash: u64, kind: u32, name: usize, nameLength: usize): u32 {
  if (nameLength + tagsLength > keyBytesMax) return DROPPED | LIMIT_KEY_BYTES;
  count(BINDS);
  const answer = bind(kind, name, nameLength, tags, tagsLength);
  const value = answer < 0 ? DROPPED | <u32>-answer : <u32>answer;
  if (rawKeyCount() < keysMax && !isTight() && insert(hash, kind, name, nameLength, tags, tagsLength, value)) {
    if (answer >= 0) addKey(value & ~OVERFLOW, 1);
  }
  return value;
}

function addMember(cell: u32): void {
  setAdd(cell, memberHash(member, memberLength), 1);
}

/** A signed value is a step in StatsD and an absolute value in DogStatsD: see src/README.md, gauge sign. */
function takeGauges(cell: u32): void {
  const steps = gaugeSign == 2 || (gaugeSign == 0 && !isDog);
  for (let i: u32 = 0; i < values; i++) {
    const value = load<f64>(VALUES + (i << 3));
    if (steps && load<u8>(SIGNED + i) != 0) gaugeStep(cell, value, stamp);
    else gaugeSet(cell, value, stamp);
  }
}

/** Hands the line to the host: it is no sample to aggregate. */
function leave(type: u32, line: usize): usize {
  const end = scanLine(line);
  const length = end > line && <u32>load<u8>(end - 1) == CR ? end - 1 - line : end - line;
  const reason = special(type, line, length);
  if (reason != 0) return refuse(reason, line, line);
  count(SPECIALS + type);
  count(ACCEPTED);
  return end;
}

/** Counts the line as rejected, tells the host, and answers where the line ends. */
export function refuse(reason: i32, line: usize, at: usize): usize {
  count(REJECTED + reason);
  const end = scanLine(line);
  reject(reason, line, end - line, at - line);
  return end;
}
