import { depth, directory } from "./table";

/** Walks over the key table, a segment at a time: for what has to look at every key, but never at all of them at once. */

/** Where the endless walk goes on, in places of the directory. */
let cursor: u32 = 0;
/** Where the walk that ends goes on. A directory that doubles meanwhile makes it visit some segments twice, and misses none. */
let staleCursor: u32 = 0;

export function directoryPlaces(): u32 {
  return 1 << depth;
}

/** The next segment of an endless walk; each segment once a round. */
export function nextSegment(): usize {
  if (cursor >= directoryPlaces()) cursor = 0;
  const segment = segmentAt(cursor);
  cursor += placesOf(segment);
  return segment;
}

export function beginStaleWalk(): void {
  staleCursor = 0;
}

/** The next segment of the walk that `beginStaleWalk` began; 0 at its end. */
export function nextStaleSegment(): usize {
  if (staleCursor >= directoryPlaces()) return 0;
  const segment = segmentAt(staleCursor);
  staleCursor += placesOf(segment);
  return segment;
}

@inline
function segmentAt(place: u32): usize {
  return <usize>load<u32>(directory + ((<usize>place) << 2));
}

/** How many places of the directory lead to the segment. */
@inline
function placesOf(segment: usize): u32 {
  return 1 << (depth - load<u32>(segment));
}
