/** What leaves the core: rare things that need thought. Implemented by `core/tally.ts`. */

/** First sight of a raw key: answers a cell (bit 30 set where it is an overflow series), or minus a limit reason. */
@external("host", "bind")
export declare function bind(kind: u32, name: usize, nameLength: usize, tags: usize, tagsLength: usize): i32;

/** A number that the fast path does not read: its value, NaN where it is none, infinity where it is not finite. */
@external("host", "oddNumber")
export declare function oddNumber(at: usize, length: usize): f64;

/** An event (0), service check (1) or timestamped line (2): answers 0 or a reject reason. */
@external("host", "special")
export declare function special(type: u32, at: usize, length: usize): i32;

@external("host", "reject")
export declare function reject(reason: i32, at: usize, length: usize, column: usize): void;

/** A cell that `sweep` has freed. */
@external("host", "forgotten")
export declare function forgotten(cell: u32): void;
