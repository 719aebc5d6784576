import { createTally } from "../core/tally.ts";
import type { Tally } from "../core/tally.ts";
import type { StreamRejectReason } from "../model/reject.ts";
import { createPolicy } from "../policy/policy.ts";
import type { BatchSink } from "../transport/batch/loop.ts";
import type { Sink } from "../transport/transport.ts";
import { createBatchIntake } from "./batch-intake.ts";
import { createBinder } from "./binder.ts";
import { CaptureTap } from "./capture-tap.ts";
import { createCounters } from "./counters.ts";
import { PART_BYTES } from "./limits.ts";
import type { ShardDelta, ShardOptions } from "./message.ts";
import { buildParts } from "./parts.ts";
import { createSenders } from "./senders.ts";
import { buildTraffic } from "./traffic.ts";

/** A shard without its thread and its sockets: bytes go in, parts of drains come out. */
export interface Intake extends Sink, BatchSink {
  readonly received: { readonly datagrams: number };
  /** Gets every datagram while it is on. */
  readonly tap: CaptureTap;
  /**
   * Takes what has gathered, in parts of about a mebibyte or a few hundred new series, and hands each to `post`, which owns it from then on. Between
   * parts it waits for `pause`, in which bytes may be taken.
   */
  drain(id: number, post: (delta: ShardDelta) => void, pause: () => Promise<void>): Promise<void>;
}

/** `nowMs` answers Unix milliseconds. */
export function createIntake(options: ShardOptions, nowMs: () => number): Intake {
  const received = createCounters(options.counters);
  const refused: Record<StreamRejectReason, number> = { line_too_long: 0, stream_cut: 0, frame_length: 0 };
  let refusedLines = 0;
  let drains = 0;
  let clockMs = 0;
  // Reads the time of the datagram, so that it costs no further look at the clock.
  const senders = createSenders({ ...options, nowMs: () => clockMs });
  const tap = new CaptureTap(nowMs);
  const countLines = (): void => void (received.lines = tally.lines + refusedLines);
  const batch = createBatchIntake({ tally: () => tally, received, countLines, senders, tap, setClock });
  const binder = createBinder({
    policy: createPolicy(options.policy),
    dialects: options.dialects,
    tally: () => tally,
    seriesMax: options.seriesMax,
    nowMs,
    senders: batch.attribution,
  });
  const tally: Tally = createTally({ ...options, readsOrigin: options.policy.originTags.length > 0 }, binder);

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
    take(bytes, address, port) {
      received.datagrams++;
      received.bytes += bytes.length;
      tally.heap.set(bytes, tally.inputOffset);
      setClock();
      senders.enter(address, port);
      const linesBefore = tally.lines;
      tally.ingest(tally.inputOffset, bytes.length);
      senders.count(bytes.length, tally.lines - linesBefore);
      countLines();
      if (tap.isOn) tap.take(bytes, address, port);
    },

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

    async drain(id, post, pause) {
      setClock();
      const hand = (part: Partial<ShardDelta>): void => buildParts(binder.take(), { id, ...part }).forEach(post);
      // A drain takes what had gathered when it began, so it ends however much traffic there is.
      for (let bytes = tally.drain(PART_BYTES); bytes.length > 0; bytes = tally.drain(PART_BYTES)) {
        hand({ bytes });
        await pause();
      }
      // Only cells whose numbers are gone may be forgotten, so this comes after the last part; and nothing is taken
      // between it and the post, so that a number that is given away again is defined in a later delta than this.
      const forgotten: number[] = [];
      const onForgotten = (cell: number): void => {
        forgotten.push(cell);
        binder.forget(cell);
      };
      tally.sweep(options.idleMs, onForgotten, binder.hasRoom());
      drains++;
      const traffic = buildTraffic({
        counters: tally.counters(),
        received,
        withheld: binder.withheld,
        noted: binder.noted,
        refused,
        drains,
      });
      hand({ last: true, forgotten, traffic, memory: tally.memory(), senders: senders.summaryIfDue() });
    },
  };
}
