import { NO_CELL, addKey } from "./cell";
import { bind } from "./host";
import { isTight } from "./memory";
import { markUsed } from "./raw-key";
import { LIMIT_KEY_BYTES } from "./reason";
import { keyBytesMax, keysMax } from "./settings";
import { ACCEPTED, BINDS, LIMITED, LINES_MIXED, OVERFLOWED, count } from "./stats";
import { DROPPED, MIXED, NOTES, OVERFLOW, find, insert, keyOf, rawKeyCount, valueOf } from "./table";

/** What the key table says of a raw key, which is bound when it is new: a cell with its notes, or a limit. */
export function lookUp(
  hash: u64,
  check: u64,
  kind: u32,
  name: usize,
  nameLength: usize,
  tags: usize,
  tagsLength: usize,
): u32 {
  const entry = find(hash, check, kind);
  if (entry != 0) {
    markUsed(keyOf(entry));
    return valueOf(entry);
  }
  if (nameLength + tagsLength > keyBytesMax) return DROPPED | LIMIT_KEY_BYTES;
  count(BINDS);
  const answer = bind(kind, name, nameLength, tags, tagsLength);
  const value = answer < 0 ? DROPPED | <u32>-answer : <u32>answer;
  // Remembered unless there is no room; then the next line with it asks again.
  if (rawKeyCount() < keysMax && !isTight() && insert(hash, check, kind, value)) {
    if (answer >= 0) addKey(value & ~NOTES, 1);
  }
  return value;
}

/** The cell of a line whose key has this value, NO_CELL where it is limited; either way the line is counted. */
@inline
export function accept(value: u32): u32 {
  if ((value & DROPPED) != 0) {
    count(LIMITED + (value & 15));
    return NO_CELL;
  }
  if ((value & NOTES) != 0) countNotes(value);
  count(ACCEPTED);
  return value & ~NOTES;
}

/** Counts a line whose key has notes in its value. */
export function countNotes(value: u32): void {
  if ((value & OVERFLOW) != 0) count(OVERFLOWED);
  if ((value & MIXED) != 0) count(LINES_MIXED);
}
