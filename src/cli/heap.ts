import { flushCompileCache } from "node:module";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { returnFreeMemory, returnLargeMemory } from "../transport/libc.ts";

/**
 * Parts of drains and pieces of pages are larger, and come and go all the time; V8's compiler works in zones of segments of 32 KiB, in
 * threads that each would keep what they had. 10 MB of 200 with 100,000 series.
 */
const LARGE_BYTES = 32_000;

/**
 * Keeps the JavaScript heaps of the server and its shards small, and what lies beside them. What lives in them is little and long-lived; by
 * default V8 lets several times as much garbage stand, because it expects young objects to die in a large nursery. Resident memory of
 * the whole process with 100,000 series of all kinds, measured by hand: 190 MB; 335 MB without the first flag, 203 without the second,
 * 220 where the C library keeps what is free. (`--optimize-for-size` would leave JavaScript unoptimized: half as much again of CPU for a
 * small datagram.) The samples themselves are in WebAssembly, which the flags do not touch.
 *
 * Must come before the first shard is started.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--memory-saver-mode");
  setFlagsFromString("--max-semi-space-size=1");
  returnLargeMemory(LARGE_BYTES);
}

/**
 * Gives back what the start took and the server does not need: its garbage, what was read of the compile cache, which is let go with the
 * writing of what is new in it, and all that is then free between what is not. Some 5 MB of an idle server. Comes once everything runs.
 */
export function giveBackStart(): void {
  collectGarbage();
  flushCompileCache();
  returnFreeMemory();
}

/**
 * By itself V8 waits until much more has been allocated. Without a flag on the command line there is no other way to ask for it. Its last
 * resort would free 5 MB more, but with them the code that is needed every second.
 */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as NodeJS.GCFunction;
  setFlagsFromString("--no-expose-gc");
  collect({ type: "major", execution: "sync" });
}
