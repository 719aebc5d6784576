import { setFlagsFromString } from "node:v8";

/**
 * Keeps the JavaScript heaps of the server and its shards small. What lives in them is little and long-lived (a few
 * strings per series); by default V8 lets several times as much garbage stand, because it expects young objects to die
 * in a large nursery. Measured with 100,000 new counters: 2,450 bytes of resident memory a series before, 770 with
 * both flags; the price is that a page of 100,000 series takes about twice as long (1.1 s instead of 0.5–0.6 s, most of
 * it summaries). The samples themselves are in WebAssembly, which the flags do not touch.
 *
 * Must come before the first shard is started.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--optimize-for-size");
  setFlagsFromString("--max-semi-space-size=1");
}
