import { placementOf } from "../transport/registry.ts";

/** What one thread listens on. */
export interface ThreadPlan {
  readonly listen: readonly string[];
  /** Other threads listen on the same ports. */
  readonly reusePort: boolean;
  /** Its datagrams are read by the batch loop, which blocks the thread. */
  readonly readsBatches: boolean;
}

export interface PlacementOptions {
  readonly listen: readonly string[];
  /** How many threads share the ports that can be shared, 1 or more. */
  readonly shards: number;
  /** UDP is read in batches. */
  readonly readsBatches: boolean;
}

/**
 * Which thread listens on what. UDP ports are shared by all shards; what cannot be shared has one thread: Unix datagrams the
 * first shard, when it reads batches as they do, else their own; streams one of their own.
 *
 * Of the first plan's listeners those on shared ports come first, then the others.
 */
export function planThreads({ listen, shards, readsBatches }: PlacementOptions): ThreadPlan[] {
  const shared = listen.filter((url) => placementOf(url) === "shared");
  const batch = listen.filter((url) => placementOf(url) === "batch");
  const stream = listen.filter((url) => placementOf(url) === "stream");
  const plans: ThreadPlan[] = [];
  if (shared.length > 0) {
    const reusePort = shards > 1;
    plans.push({ listen: readsBatches ? [...shared, ...batch] : shared, reusePort, readsBatches });
    while (plans.length < shards) plans.push({ listen: shared, reusePort, readsBatches });
  }
  if (batch.length > 0 && !(readsBatches && shared.length > 0)) {
    plans.push({ listen: batch, reusePort: false, readsBatches: true });
  }
  if (stream.length > 0) plans.push({ listen: stream, reusePort: false, readsBatches: false });
  return plans;
}
