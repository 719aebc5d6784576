/** The most a gathering sleep may take, in milliseconds: what a sample may be late, and what few wake-ups cost. */
const GATHER_MS_MAX = 15;
const GATHER_MS_MIN = 1;
/**
 * What may arrive at once, in bytes of socket memory a millisecond: 400 small datagrams, of which the kernel charges 768 bytes
 * each to the receive buffer. No sender on a machine of two cores was faster, so a sleep by this never lets a buffer pass half
 * full, whatever comes after silence.
 */
const BURST_BYTES_PER_MS = 400 * 768;
/** From this share of a full pass on there is load, and a short sleep fills the next pass well enough. */
const LOAD_SHARE = 0.1;

/**
 * How long to let a batch gather, in whole milliseconds, after a pass that found `share` of what it may take: short under load, longer
 * when little comes, and never so long that the smallest socket buffer of `bufferBytes` could become half full.
 */
export function gatherMs(share: number, bufferBytes: number): number {
  // The kernel gives twice what it says, for its own bookkeeping, and charges that bookkeeping too.
  const halfBuffer = bufferBytes;
  const safe = Math.floor(halfBuffer / BURST_BYTES_PER_MS);
  const wanted = share >= LOAD_SHARE ? GATHER_MS_MIN : GATHER_MS_MAX;
  return Math.max(GATHER_MS_MIN, Math.min(wanted, safe));
}
