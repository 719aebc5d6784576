/**
 * The tally's own allocator: size classes with free lists over a bump pointer. Nothing is coalesced: a tally's sizes
 * recur (keys, 1 KiB pages, 8 KiB table segments), so what churn frees, churn takes again, and memory stays flat.
 *
 *   class 1..64    16, 32, … 1,024 bytes
 *   class 65..80   2 KiB, 4 KiB, … 64 MiB
 *
 * `alloc` answers 0 when the limit or the system says no: every caller has an answer to that, none traps.
 */

const CLASSES: u32 = 81;
const SMALL_MAX: u32 = 1024;
/** Vector loads may read up to 32 bytes past the end of a string; that much memory always exists behind it. */
const PADDING: usize = 64;
/** Of the cache. */
const LINE: u32 = 64;
const SEVERAL_SHIFT: u32 = 3;
/** Memory is taken from the system in steps of 1 MiB; pages that are not touched cost nothing. */
const GROW_PAGES: i32 = 16;

const heads = memory.data(CLASSES * 4, 16);

let top: usize = 0;
let limit: usize = 0;
let inUse: usize = 0;

/** Must come first. `bytesMax` bounds the linear memory. */
export function memoryInit(bytesMax: u32): void {
  top = (__heap_base + 15) & ~15;
  limit = bytesMax;
}

@inline
function classOf(size: u32): u32 {
  if (size <= SMALL_MAX) return (size + 15) >> 4;
  return 86 - clz(size - 1); // 2,048 (clz of 2,047 is 21) is class 65
}

@inline
function bytesOf(sizeClass: u32): u32 {
  return sizeClass <= 64 ? sizeClass << 4 : 1 << (sizeClass - 54);
}

/** At least `size` bytes (size ≥ 1), not zeroed, 16-byte aligned; 0 when there is no more memory. */
export function alloc(size: u32): usize {
  const sizeClass = classOf(size);
  const bytes = bytesOf(sizeClass);
  const head = heads + (sizeClass << 2);
  const free = <usize>load<u32>(head);
  if (free != 0) {
    store<u32>(head, load<u32>(free));
    inUse += bytes;
    return free;
  }
  return (bytes & (LINE - 1)) == 0 && bytes <= SMALL_MAX ? bumpSeveral(bytes) : bump(bytes);
}

/** Blocks of whole cache lines begin with one: several at a time, so that little is lost between them and others. */
function bumpSeveral(bytes: u32): usize {
  const first = bump(bytes << SEVERAL_SHIFT);
  if (first == 0) return bump(bytes);
  for (let block = first + bytes; block < first + (bytes << SEVERAL_SHIFT); block += bytes) free(block, bytes);
  return first;
}

/** Like `alloc`, zeroed. */
export function allocZeroed(size: u32): usize {
  const at = alloc(size);
  if (at != 0) memory.fill(at, 0, size);
  return at;
}

/** Memory that is never freed, without rounding to a class. Whole cache lines begin with one. */
export function bump(bytes: u32): usize {
  const at = (bytes & (LINE - 1)) == 0 ? (top + (LINE - 1)) & ~(LINE - 1) : top;
  const end = at + ((bytes + 15) & ~15);
  if (end < at || end + PADDING > limit) return 0;
  const have = <usize>memory.size() << 16;
  if (end + PADDING > have) {
    const pages = <i32>((end + PADDING - have + 0xffff) >> 16);
    if (memory.grow(max(pages, GROW_PAGES)) < 0 && memory.grow(pages) < 0) return 0;
  }
  top = end;
  inUse += end - at;
  return at;
}

/** `size` is what was asked of `alloc`. */
export function free(at: usize, size: u32): void {
  const sizeClass = classOf(size);
  const head = heads + (sizeClass << 2);
  store<u32>(at, load<u32>(head));
  store<u32>(head, <u32>at);
  inUse -= bytesOf(sizeClass);
}

/** True while little memory is left: new keys and series are refused then, so that what is known can go on. */
export function isTight(): bool {
  return inUse > limit - (limit >> 3);
}

export function memoryUsed(): f64 {
  return <f64>inUse;
}
