import { hashBytes } from "./hash";
import { CR, LF, PIPE, tagsSecret } from "./scan";

/**
 * Origin fields as a part of the key, where they become tags. The tag section is then followed by a line feed, which no
 * section can hold, and the fields in an order that does not depend on the client's:
 *
 *   a:1|c|#env:prod|card:low|c:ci-7f   →   env:prod LF c:ci-7f | card:low
 *                   ^^^^^^^^ ^^^^^^^
 */
const LOCAL: i32 = 0;
const EXTERNAL: i32 = 1;
const CARDINALITY: i32 = 2;
const FIELDS: i32 = 3;
/** Where each field of the line starts, and its bytes; 0 = not there. */
const PLACES = memory.data(3 * 8, 8);
/** No line is longer than 65,536 bytes; the rest is for the separators and for loads past the end. */
const JOINED = memory.data(65536 + 64, 16);

/** True where the line has a field that belongs to its key. */
export let hasOrigin: bool = false;
export let joinedLength: usize = 0;
export let joinedSums: v128 = i64x2.splat(0);

@inline
export function noOrigin(): void {
  hasOrigin = false;
}

/** Takes note of the field `c:…`, `e:…` or `card:…` from `at` to `end`; of repeated ones the last counts, if empty too. */
export function noteOrigin(at: usize, end: usize): void {
  if (!hasOrigin) memory.fill(PLACES, 0, 3 * 8);
  hasOrigin = true;
  const isLocal = load<u16>(at) == 0x3a63;
  const field = isLocal ? LOCAL : <u32>load<u8>(at) == 0x65 ? EXTERNAL : CARDINALITY;
  const last = <u32>load<u8>(end) == LF && <u32>load<u8>(end - 1) == CR ? end - 1 : end;
  const isEmpty = last - at <= <usize>(field == CARDINALITY ? 5 : 2);
  store<u32>(PLACES + (field << 3), <u32>at);
  store<u32>(PLACES + (field << 3), isEmpty ? 0 : <u32>(last - at), 4);
}

/** Joins the tag section and the fields noted; answers where that is, until the next line. See `joinedLength`, `joinedSums`. */
export function joinOrigin(tags: usize, tagsLength: usize): usize {
  memory.copy(JOINED, tags, tagsLength);
  let p = JOINED + tagsLength;
  for (let field: i32 = 0; field < FIELDS; field++) {
    const length = <usize>load<u32>(PLACES + (field << 3), 4);
    if (length == 0) continue;
    store<u8>(p, p == JOINED + tagsLength ? <u8>LF : <u8>PIPE);
    memory.copy(p + 1, <usize>load<u32>(PLACES + (field << 3)), length);
    p += 1 + length;
  }
  joinedLength = p - JOINED;
  joinedSums = joinedLength == 0 ? i64x2.splat(0) : hashBytes(JOINED, joinedLength, tagsSecret);
  return JOINED;
}
