import type { Tally } from "../core/tally.ts";
import type { BatchPlace } from "../model/batch.ts";
import type { BatchSink } from "../transport/batch/loop.ts";
import type { CaptureTap } from "./capture-tap.ts";
import type { Received } from "./counters.ts";
import { BATCH_BINDS_MAX } from "./limits.ts";
import type { Attribution, PidReader, Senders } from "./senders.ts";

export interface BatchIntakeOptions {
  readonly tally: () => Tally;
  /** Only counted up here; `countLines` is for the lines. */
  readonly received: Received;
  readonly countLines: () => void;
  readonly senders: Senders;
  readonly tap: CaptureTap;
  /** To be called before the tally takes anything. */
  readonly setClock: () => void;
}

/** Batches of datagrams that lie in the tally's own memory go in, without being touched by JavaScript one by one. */
export interface BatchIntake extends BatchSink {
  /** The senders, of which the message that is being read is entered before anything is ascribed to it. */
  readonly attribution: Attribution;
}

/** `struct mmsghdr`: its size, and where in it the datagram's length stands; both in 32-bit words. */
const HEADER_WORDS = 16;
const LENGTH_WORD = 14;

export function createBatchIntake(options: BatchIntakeOptions): BatchIntake {
  const { tally, received, senders, tap } = options;
  let place: BatchPlace | undefined;
  let pidOf: PidReader | undefined;
  let view: DataView = new DataView(new ArrayBuffer(0));
  let words: Uint32Array = new Uint32Array(0);

  /** Views of the linear memory, which is another buffer once it has grown. */
  function look(): void {
    const { buffer } = tally().heap;
    if (view.buffer === buffer) return;
    view = new DataView(buffer);
    words = new Uint32Array(buffer);
  }

  function enter(): void {
    if (place === undefined) return;
    look();
    senders.enterOf(view, place.names, tally().currentMessage, pidOf);
  }

  /** Adds up messages `first` to `end - 1`. Answers their bytes. */
  function sumBytes({ headers }: BatchPlace, first: number, end: number): number {
    let bytes = 0;
    const last = headers / 4 + end * HEADER_WORDS;
    for (let at = headers / 4 + first * HEADER_WORDS + LENGTH_WORD; at < last; at += HEADER_WORDS) {
      bytes += words[at] as number;
    }
    return bytes;
  }

  function countSenders({ headers, names, nameBytes }: BatchPlace, first: number, end: number): void {
    const of = pidOf;
    const shifted = of === undefined ? undefined : (index: number) => of(first + index);
    senders.takeBatch(view, headers + first * HEADER_WORDS * 4, names + first * nameBytes, end - first, shifted);
  }

  function copyToTap({ headers, slots, slotStride }: BatchPlace, first: number, end: number): void {
    const { heap } = tally();
    for (let message = first; message < end; message++) {
      const start = slots + message * slotStride;
      const length = words[headers / 4 + message * HEADER_WORDS + LENGTH_WORD] as number;
      tap.take(heap.subarray(start, start + length), "", 0);
    }
  }

  return {
    attribution: {
      bound() {
        enter();
        senders.bound();
      },
      rejected(code) {
        enter();
        return senders.rejected(code);
      },
      keepLine: (line) => senders.keepLine(line),
      current() {
        enter();
        return senders.current();
      },
    },
    memory: {
      reserve: (bytes) => tally().reserve(bytes),
      get heap() {
        return tally().heap;
      },
    },
    takeBatch(batch, first, end, processOf) {
      options.setClock();
      [place, pidOf] = [batch, processOf];
      const next = tally().ingestBatch(batch, first, end, BATCH_BINDS_MAX);
      place = undefined;
      look();
      const bytes = sumBytes(batch, first, next);
      received.datagrams += next - first;
      received.bytes += bytes;
      options.countLines();
      countSenders(batch, first, next);
      if (tap.isOn) copyToTap(batch, first, next);
      return next;
    },
  };
}
