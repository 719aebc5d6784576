import { BAD_RATE, BAD_TIMESTAMP } from "./reason";
import { hashBytes } from "./hash";
import { numberEnd, readNumber } from "./number";
import { hasOrigin, joinOrigin, joinedLength, joinedSums, noOrigin, noteOrigin } from "./origin";
import { CR, LF, PIPE, atEnd, scanField, scanTags, sectionSums, tagsSecret } from "./scan";
import { readsOrigin, readsTimestamps } from "./settings";

/**
 * What follows the type, in any order; unknown and empty fields are passed over, of repeated ones the last counts.
 *
 *   |@0.5                sample rate (1.0)
 *   |#env:prod,slow      tags (1.0)
 *   |T1656581400         timestamp, Unix seconds (1.3)
 *   |c:ci-…              container id (1.2)     |e:… external data (1.5)     |card:… cardinality (1.6)
 */
const HASH: u32 = 0x23;
const AT: u32 = 0x40;

export let tags: usize = 0;
export let tagsLength: usize = 0;
export let tagsSums: v128 = i64x2.splat(0);
export let rate: f64 = 1;
/** -1 = no T field. */
export let hasTimestamp: bool = false;
/** True where a field shows that the client speaks DogStatsD; decides what a signed gauge means. */
export let isDog: bool = false;
/** Where the last reject happened. */
export let fieldAt: usize = 0;
/** Where the line ended: at its LF. */
export let lineEnd: usize = 0;

@inline
export function noFields(): void {
  tagsLength = 0;
  tagsSums = i64x2.splat(0);
  rate = 1;
  hasTimestamp = false;
  isDog = false;
  noOrigin();
}

/** The line ends at this LF; answers 0, no reason to refuse it. */
@inline
export function endLine(at: usize): i32 {
  lineEnd = at;
  return 0;
}

/** Reads the fields from `at`, the first `|` after the type; answers 0 or a reject reason. */
export function readFields(at: usize): i32 {
  let p = at;
  while (<u32>load<u8>(p) == PIPE) {
    p++;
    const first = <u32>load<u8>(p);
    if (first == HASH) p = readTags(p + 1);
    else if (first == AT) {
      rate = readNumber(p + 1);
      if (!isFinite(rate) || (<u32>load<u8>(numberEnd) != PIPE && !atEnd(numberEnd))) return refuse(BAD_RATE, p + 1);
      p = numberEnd;
    } else if (first == 0x54 && readsTimestamps) {
      p = readTimestamp(p + 1);
      if (p == 0) return BAD_TIMESTAMP;
    } else {
      const isFromOrigin = isOrigin(p);
      isDog = isDog || isFromOrigin || first == 0x54;
      const end = scanField(p);
      if (isFromOrigin && readsOrigin) noteOrigin(p, end);
      p = end;
    }
  }
  lineEnd = <u32>load<u8>(p) == LF ? p : p + 1;
  if (hasOrigin) {
    tags = joinOrigin(tags, tagsLength);
    tagsLength = joinedLength;
    tagsSums = joinedSums;
  }
  return 0;
}

function refuse(reason: i32, at: usize): i32 {
  fieldAt = at;
  return reason;
}

/** Of `|#…` and nothing else, which is what most lines have. */
@inline
export function readTags(at: usize): usize {
  const end = scanTags(at);
  tags = at;
  tagsLength = end - at;
  tagsSums = sectionSums;
  isDog = true;
  if (tagsLength != 0 && <u32>load<u8>(end) == LF && <u32>load<u8>(end - 1) == CR) {
    tagsLength--;
    tagsSums = hashBytes(at, tagsLength, tagsSecret);
  }
  if (tagsLength == 0) tagsSums = i64x2.splat(0);
  return end;
}

/** The year 5138: whoever sends more sends milliseconds, and an intake would lose them without a word. */
const SECONDS_MAX: u64 = 99_999_999_999;

/** `T` and its seconds: base 10, a sign allowed, above 0. Answers where it ended, 0 where it is malformed. */
function readTimestamp(at: usize): usize {
  const sign = <u32>load<u8>(at);
  let p = sign == 0x2b || sign == 0x2d ? at + 1 : at;
  let seconds: u64 = 0;
  const start = p;
  while (<u32>load<u8>(p) == 0x30) p++;
  const digits = p;
  let c = <u32>load<u8>(p) - 0x30;
  while (c < 10) {
    seconds = seconds * 10 + c;
    p++;
    c = <u32>load<u8>(p) - 0x30;
  }
  hasTimestamp = true;
  isDog = true;
  fieldAt = at;
  // 18 digits stay below 2^63, as the Agent's int64 demands.
  const good = p != start && p - digits <= 18 && seconds != 0 && seconds <= SECONDS_MAX && sign != 0x2d;
  return good && (<u32>load<u8>(p) == PIPE || atEnd(p)) ? p : 0;
}

/** c:… e:… card:… */
function isOrigin(at: usize): bool {
  const first = <u32>load<u8>(at);
  if (first == 0x65) return load<u8>(at, 1) == 0x3a;
  if (first != 0x63) return false;
  return load<u8>(at, 1) == 0x3a || (load<u32>(at) == 0x64726163 && load<u8>(at, 4) == 0x3a);
}
