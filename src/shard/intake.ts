import { createTally } from "../core/tally.ts";
import type { Tally } from "../core/tally.ts";
import type { StreamRejectReason } from "../model/reject.ts";
import type { Layout } from "../model/layout.ts";
import type { PolicyOptions } from "../policy/policy.ts";
import type { BatchSink } from "../transport/batch/loop.ts";
import type { Sink } from "../transport/transport.ts";
import { BatchIntake } from "./batch-intake.ts";
import { createBinder } from "./binder.ts";
import { CaptureTap } from "./capture-tap.ts";
import { createCounters } from "./counters.ts";
import { createCurrentPolicy } from "./current-policy.ts";
import { DatagramIntake } from "./datagram-intake.ts";
import { announcement, createDrain } from "./drain.ts";
import type { Drain } from "./drain.ts";
import type { ShardDelta, ShardOptions } from "./message.ts";
import { createSenders } from "./senders.ts";

/** A shard without its thread and its sockets: bytes go in, parts of drains come out. */
export interface Intake extends Sink, BatchSink {
  readonly received: { readonly datagrams: number };
  /** False where some of what came waits for a later turn of the event loop. */
  readonly isUpToDate: boolean;
  /** Gets every datagram while it is on. */
  readonly tap: CaptureTap;
  readonly drain: Drain;
  /**
   * From now on every raw key is bound under `policy`, also those that were known; cells keep what they hold. `layouts`
   * come behind those that there are. `pause` is waited for between pieces of the work, in which bytes may be taken.
   */
  usePolicy(policy: PolicyOptions, layouts: readonly Layout[], pause: () => Promise<void>): Promise<void>;
}

/**
 * `nowMs` answers Unix milliseconds; `monotonicMs` tells when a turn of the event loop has taken enough, without it never. `post` gets the
 * definitions of a flood of new series, without it they wait for the next drain.
 */
export function createIntake(
  options: ShardOptions,
  nowMs: () => number,
  monotonicMs: () => number = () => 0,
  post?: (part: ShardDelta) => void,
): Intake {
  const received = createCounters(options.counters);
  const refused: Record<StreamRejectReason, number> = { line_too_long: 0, stream_cut: 0, frame_length: 0 };
  let refusedLines = 0;
  let clockMs = 0;
  // Reads the time of the datagram, so that it costs no further look at the clock.
  const senders = createSenders({ ...options, nowMs: () => clockMs });
  const tap = new CaptureTap(nowMs);
  const countLines = (): void => void (received.lines = tally.lines + refusedLines);
  const ways = { tally: () => tally, received, countLines, senders, tap, setClock, monotonicMs };
  const batch = new BatchIntake(ways);
  const datagrams = new DatagramIntake(ways);
  const policy = createCurrentPolicy(options.policy);
  const binder = createBinder({
    policy,
    dialects: options.dialects,
    exemplarTag: options.exemplarTag,
    tally: () => tally,
    seriesMax: options.seriesMax,
    keyBytesMax: options.keyBytesMax,
    nowMs,
    senders: batch.attribution,
    announce: post && ((definitions) => post(announcement(definitions))),
  });
  const tally: Tally = createTally({ ...options, readsOrigin: readsOrigin(options.policy) }, binder);

  /** The tally's time never goes back, whatever is done to the machine's clock. */
  function setClock(): void {
    clockMs = Math.max(clockMs, nowMs());
    tally.setClock(clockMs);
  }

  return {
    received,
    tap,
    memory: batch.memory,
    takeBatch: batch.takeBatch,
    get isUpToDate() {
      return datagrams.isUpToDate;
    },
    whenUpToDate: () => datagrams.whenUpToDate(),
    take: (bytes, address, port) => datagrams.take(bytes, address, port),

    refuse(reason, bytes, address, port) {
      setClock();
      senders.enter(address, port);
      senders.count(bytes.length, 1, 0);
      received.bytes += bytes.length;
      refused[reason]++;
      refusedLines++;
      countLines();
      binder.addReject(reason, bytes);
    },

    async usePolicy(next, layouts, pause) {
      tally.addLayouts(layouts);
      policy.use(next);
      tally.rebind(readsOrigin(next));
      while (tally.forgetStale()) await pause();
    },

    drain: createDrain({ tally, binder, senders, received, refused, idleMs: options.idleMs, setClock }),
  };
}

function readsOrigin({ originTags }: PolicyOptions): boolean {
  return originTags.length > 0;
}
