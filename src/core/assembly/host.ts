/**
 * What leaves the core: rare things that need thought. Implemented by `core/tally.ts`. Each costs microseconds, so what was
 * asked for is added up, about in microseconds, and whoever ingests stops early when it becomes much: others wait.
 */
@external("host", "bind")
declare function hostBind(kind: u32, name: usize, nameLength: usize, tags: usize, tagsLength: usize): i32;
@external("host", "oddNumber")
declare function hostOddNumber(at: usize, length: usize): f64;
@external("host", "special")
declare function hostSpecial(type: u32, at: usize, length: usize): i32;
@external("host", "reject")
declare function hostReject(reason: i32, at: usize, length: usize, column: usize): void;

/** A cell that `sweep` has freed. */
@external("host", "forgotten")
export declare function forgotten(cell: u32): void;

/** About how many microseconds of work there were since `beginWork`. */
export let work: u32 = 0;

@inline
export function beginWork(): void {
  work = 0;
}

@inline
export function addWork(microseconds: u32): void {
  work += microseconds;
}

/** First sight of a raw key: answers a cell (bit 30 set where it is an overflow series), or minus a limit reason. */
export function bind(kind: u32, name: usize, nameLength: usize, tags: usize, tagsLength: usize): i32 {
  work += 6 + ((<u32>nameLength + <u32>tagsLength) >> 4);
  return hostBind(kind, name, nameLength, tags, tagsLength);
}

/** A number that the fast path does not read: its value, NaN where it is none, infinity where it is not finite. */
export function oddNumber(at: usize, length: usize): f64 {
  work += 1 + (<u32>length >> 8);
  return hostOddNumber(at, length);
}

/** An event (0), service check (1) or timestamped line (2): answers 0 or a reject reason. */
export function special(type: u32, at: usize, length: usize): i32 {
  work += 4 + (<u32>length >> 4);
  return hostSpecial(type, at, length);
}

export function reject(reason: i32, at: usize, length: usize, column: usize): void {
  work += 1;
  hostReject(reason, at, length, column);
}
