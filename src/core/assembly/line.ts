import { NO_CELL } from "./cell";
import { endLine, fieldAt, hasTimestamp, lineEnd, noFields, rate, readFields, readTags, tags, tagsLength, tagsSums } from "./field";
import { checkOf, hashOf, keySums } from "./hash";
import { beginWork, reject, special, work } from "./host";
import { accept, lookUp } from "./key";
import { numberEnd, numberSigned, plainNumber, readPlain } from "./number";
import { hasOrigin } from "./origin";
import { ingestPairs } from "./pairs";
import { hold, settleLines } from "./pending";
import { BAD_RATE, BAD_TYPE, EMPTY_NAME, NO_COLON, NO_TYPE, TIMESTAMP_KIND, UNTERMINATED } from "./reason";
import { COLON, CR, LF, PIPE, atEnd, nameSums, scanField, scanLine, scanName } from "./scan";
import { requiresEnd } from "./settings";
import { ACCEPTED, LINES, REJECTED, SAMPLES, SPECIALS, add, count } from "./stats";
import { KIND_GAUGE, KIND_SET, addValues, holdValues, isStep, valueAt, values } from "./values";

/**
 * One line.
 *
 *   page.views:1|c|@0.1|#env:prod,route:/a
 *   ^^^^^^^^^^               ^^^^^^^^^^^^^^^^^^     name and tags: the key, hashed while their ends are searched
 *              ^                                 values, one or packed with colons (1.1)
 *                ^                               type
 *                  ^^^^                          fields
 */
const EVENT: u32 = 0;
const SERVICE_CHECK: u32 = 1;
const TIMESTAMPED: u32 = 2;
/** For each byte, the code of the kind whose name begins with it, or -1. */
const TYPES = memory.data(256, 16);

export function typesInit(): void {
  memory.fill(TYPES, 0xff, 256);
  store<u8>(TYPES + 0x63, 0); // c
  store<u8>(TYPES + 0x67, 1); // g
  store<u8>(TYPES + 0x73, 2); // s
  store<u8>(TYPES + 0x68, 3); // h
  store<u8>(TYPES + 0x6d, 4); // ms
  store<u8>(TYPES + 0x64, 5); // d
}

/** `|#`, as a number. */
const PIPE_HASH: u32 = 0x237c;

/**
 * Ingests `length` bytes at `at`: lines, the last with or without its LF. The byte behind them is borrowed for a line
 * feed and given back. Stops early, between two lines, once the host has had `workMax` to do. Answers how many bytes it took.
 */
export function ingest(at: usize, length: usize, workMax: u32): usize {
  const end = at + length;
  const borrowed = load<u8>(end);
  store<u8>(end, <u8>LF);
  beginWork();
  const wholeEnd = requiresEnd ? lastLineStart(at, end) : end;
  let p = at;
  while (p < wholeEnd && work < workMax) p = ingestLine(p) + 1;
  settleLines();
  if (p >= wholeEnd && p < end) {
    refuseRest(UNTERMINATED, p, end);
    p = end;
  }
  store<u8>(end, borrowed);
  return min(p - at, length);
}

/** Behind the last LF before `end`. */
export function lastLineStart(start: usize, end: usize): usize {
  let at = end;
  while (at > start && <u32>load<u8>(at - 1) != LF) at--;
  return at;
}

/** Counts what is left of a datagram, from `line` to the borrowed line feed at `end`, as one rejected line. */
export function refuseRest(reason: i32, line: usize, end: usize): void {
  count(LINES);
  refuse(reason, line, end);
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
  if (<u32>load<u8>(colon) != COLON) return refuse(NO_COLON, line, colon);
  if (colon == line) return refuse(EMPTY_NAME, line, line);
  const single = readPlain(colon + 1) && <u32>load<u8>(numberEnd) == PIPE;
  const value = plainNumber();
  const signed = numberSigned;
  const pipe = single ? numberEnd : scanField(colon + 1);
  if (<u32>load<u8>(pipe) != PIPE) return refuse(NO_TYPE, line, pipe);
  const kind = readType(pipe + 1);
  const end = typeEnd(kind, pipe);
  if (kind < 0 || !(<u32>load<u8>(end) == PIPE || atEnd(end))) {
    return kind >= 0 && <u32>load<u8>(end) == COLON
      ? ingestPairs(line, colon)
      : refuse(BAD_TYPE, line, pipe + 1);
  }
  noFields();
  const rest = <u32>load<u16>(end) == PIPE_HASH ? readTags(end + 2) : end;
  const reason = <u32>load<u8>(rest) == LF ? endLine(rest) : readFields(rest);
  if (reason != 0) {
    return reason == BAD_RATE && <u32>load<u8>(numberEnd) == COLON
      ? ingestPairs(line, colon)
      : refuse(reason, line, fieldAt);
  }
  if (single && !hasTimestamp && !hasOrigin) {
    hold(kind, line, colon - line, pipe, value, isStep(signed));
    return lineEnd;
  }
  const wrong = holdValues(kind, colon + 1, pipe);
  if (wrong != 0) return refuse(wrong, line, valueAt);
  if (hasTimestamp) {
    return kind <= KIND_GAUGE ? leave(TIMESTAMPED, line) : refuse(TIMESTAMP_KIND, line, fieldAt - 1);
  }
  if (kind == KIND_SET && !hasOrigin) {
    hold(kind, line, colon - line, pipe, 0, false);
    return lineEnd;
  }
  settleLines();
  take(kind, line, colon - line);
  return lineEnd;
}

/** The kind's code, -1 where there is none; what follows it is for the caller to check. No branch: kinds come in any order. */
@inline
export function readType(at: usize): i32 {
  const kind = <i32>load<i8>(TYPES + <usize>load<u8>(at));
  return select<i32>(-1, kind, <i32>(kind == 4) & <i32>(load<u8>(at, 1) != 0x73));
}

/** Where the type behind `pipe` ends: `ms` has two letters, all others one. */
@inline
export function typeEnd(kind: i32, pipe: usize): usize {
  return pipe + 2 + <usize>(kind == 4);
}

/** Finds or binds the key and adds the values to its cell. */
function take(kind: i32, name: usize, nameLength: usize): void {
  const sums = keySums(nameSums, nameLength, tagsSums, tagsLength, kind);
  const cell = accept(lookUp(hashOf(sums, kind), checkOf(sums), kind, name, nameLength, tags, tagsLength));
  if (cell == NO_CELL) return;
  add(SAMPLES + kind, values);
  addValues(kind, cell, rate);
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
