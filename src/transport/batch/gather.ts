/** The most a gathering sleep may take, in milliseconds: what a sample may be late, and what few wake-ups cost. */
const GATHER_MS_MAX = 20;
const GATHER_MS_MIN = 1;
/**
 * How many datagrams are worth waking up for: a sleep and its turn of the event loop cost as much as some of them. More would
 * wait in the kernel until they have left the cache: 1,024 cost more each than 320 here.
 */
const WORTHWHILE = 320;
/**
 * What may arrive at once, in bytes of socket memory a millisecond: 400 small datagrams, of which the kernel charges 768 bytes
 * each to the receive buffer. About as fast as a sender on one core of a small machine, so a sleep by this never lets a buffer
 * pass half full, whatever comes after silence.
 */
const BURST_BYTES_PER_MS = 400 * 768;

/**
 * How long to let a batch gather while `perMs` datagrams a millisecond come, in whole milliseconds: until it is worth waking
 * up, and never so long that the smallest socket buffer, of `bufferBytes`, could become half full.
 */
export function gatherMs(perMs: number, bufferBytes: number): number {
  // The kernel gives twice what it says, for its own bookkeeping, and charges that bookkeeping too.
  const halfBuffer = bufferBytes;
  const safe = Math.floor(halfBuffer / BURST_BYTES_PER_MS);
  const wanted = Math.floor(WORTHWHILE / Math.max(perMs, 1));
  return Math.max(GATHER_MS_MIN, Math.min(wanted, safe, GATHER_MS_MAX));
}
