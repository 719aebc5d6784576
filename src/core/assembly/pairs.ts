import { fieldAt, hasTimestamp, lineEnd, noFields, rate, readFields, tags, tagsLength, tagsSums } from "./field";
import { checkOf, hashOf, keySums } from "./hash";
import { countNotes, lookUp } from "./key";
import { readType, refuse, typeEnd } from "./line";
import { numberEnd, readNumber } from "./number";
import { settleLines } from "./pending";
import { BAD_RATE, BAD_TYPE, NO_TYPE, TIMESTAMP_KIND } from "./reason";
import { COLON, PIPE, atEnd, nameSums, scanField } from "./scan";
import { ACCEPTED, LIMITED, SAMPLES, add, count } from "./stats";
import { DROPPED, NOTES } from "./table";
import { addValues, holdValues, valueAt, values } from "./values";

/**
 * Several pairs on one line, which is StatsD's own packing (statsd/statsd, `stats.js`):
 *
 *   checkout:1|c:320|ms|@0.1:+4|g|#env:prod
 *            ^^^ ^^^^^^^^^^^ ^^^^              pairs of value and type, each with a rate of its own
 *                                 ^^^^^^^^^^   fields belong to the line; a rate among them to the last pair
 *
 * Such a line is used as a whole or not at all: one bad pair rejects it, one pair whose series is not wanted limits it.
 * Rare, and outside of the way of plain lines: it is read once to check it, and once more to add it up.
 */
const PAIRS_MAX: u32 = 32768;
/** The cell of each pair. The shortest pair has four bytes and a line at most 65,536, so there are fewer. */
const CELLS = memory.data(32768 * 4, 16);
const KINDS = memory.data(32768, 16);

const AT: u32 = 0x40;

/** Of the pair read last: its kind and rate, where the next one starts (0 = it was the last), and where it died. */
let kind: i32 = 0;
let share: f64 = 1;
let next: usize = 0;
let diedAt: usize = 0;

/** Reads the line whose name ends at `colon`; answers where it ends. */
export function ingestPairs(line: usize, colon: usize): usize {
  noFields();
  let pairs: u32 = 0;
  let p = colon + 1;
  do {
    const reason = readPair(p);
    if (reason != 0) return refuse(reason, line, diedAt);
    if (pairs < PAIRS_MAX) store<u8>(KINDS + pairs++, <u8>kind);
    p = next;
  } while (p != 0);
  if (hasTimestamp) return refuse(TIMESTAMP_KIND, line, fieldAt - 1);
  settleLines();
  const end = lineEnd;
  let notes: u32 = 0;
  for (let i: u32 = 0; i < pairs; i++) {
    const pairKind = load<u8>(KINDS + i);
    const sums = keySums(nameSums, colon - line, tagsSums, tagsLength, pairKind);
    const value = lookUp(hashOf(sums, pairKind), checkOf(sums), pairKind, line, colon - line, tags, tagsLength);
    if ((value & DROPPED) != 0) {
      count(LIMITED + (value & 15));
      return end;
    }
    notes |= value & NOTES;
    store<u32>(CELLS + (i << 2), value & ~NOTES);
  }
  countNotes(notes);
  count(ACCEPTED);
  p = colon + 1;
  for (let i: u32 = 0; i < pairs; i++) {
    readPair(p);
    add(SAMPLES + kind, values);
    addValues(kind, load<u32>(CELLS + (i << 2)), share);
    p = next;
  }
  return end;
}

/** Reads the pair at `at`, and after the last pair the fields; answers 0 or a reject reason. */
function readPair(at: usize): i32 {
  next = 0;
  const pipe = scanField(at);
  if (<u32>load<u8>(pipe) != PIPE) return die(NO_TYPE, pipe);
  kind = readType(pipe + 1);
  const end = typeEnd(kind, pipe);
  const delimiter = <u32>load<u8>(end);
  if (kind < 0 || (delimiter != COLON && delimiter != PIPE && !atEnd(end))) return die(BAD_TYPE, pipe + 1);
  share = 1;
  if (delimiter == COLON) next = end + 1;
  else if (delimiter == PIPE && <u32>load<u8>(end, 1) == AT) {
    share = readNumber(end + 2);
    if (<u32>load<u8>(numberEnd) == COLON) next = numberEnd + 1;
    if (!isFinite(share)) return die(BAD_RATE, end + 2);
  }
  if (next == 0) {
    const reason = readFields(end);
    if (reason != 0) return die(reason, fieldAt);
    share = rate;
  }
  const wrong = holdValues(kind, at, pipe);
  return wrong == 0 ? 0 : die(wrong, valueAt);
}

function die(reason: i32, at: usize): i32 {
  diedAt = at;
  return reason;
}
