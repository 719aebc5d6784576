import { MMSGHDR, messageLength } from "../model/batch.ts";
import type { BatchPlace } from "../model/batch.ts";
import type { BatchSink } from "../transport/batch/loop.ts";
import type { BatchMemory } from "../transport/batch/ring.ts";
import type { IntakeOptions } from "./datagram-intake.ts";
import { WORK_MAX } from "./limits.ts";
import type { Attribution, PidReader, Senders } from "./senders.ts";

/** Batches of datagrams that lie in the tally's own memory go in, without being touched by JavaScript one by one. */
export class BatchIntake implements BatchSink {
  readonly memory: BatchMemory;
  /** The senders, of which the message that is being read is entered before anything is ascribed to it. */
  readonly attribution: Attribution;
  readonly #options: IntakeOptions;
  /** The batch that is being read. */
  #place: BatchPlace | undefined;
  #pidOf: PidReader | undefined;
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor(options: IntakeOptions) {
    this.#options = options;
    const { tally } = options;
    this.memory = {
      reserve: (bytes) => tally().reserve(bytes),
      get heap() {
        return tally().heap;
      },
    };
    this.attribution = this.#attribute(options.senders);
  }

  readonly takeBatch: BatchSink["takeBatch"] = (place, first, end, processOf) => {
    const { tally, received, countLines, tap, setClock } = this.#options;
    setClock();
    this.#place = place;
    this.#pidOf = processOf;
    const next = tally().ingestBatch(place, first, end, WORK_MAX);
    this.#place = undefined;
    this.#look();
    received.datagrams += next - first;
    received.bytes += this.#sumBytes(place, first, next);
    countLines();
    this.#countSenders(place, first, next);
    if (tap.isOn) this.#copyToTap(place, first, next);
    return next;
  };

  #attribute(senders: Senders): Attribution {
    return {
      bound: () => {
        this.#enter();
        senders.bound();
      },
      rejected: (reason) => {
        this.#enter();
        return senders.rejected(reason);
      },
      keepLine: (line) => senders.keepLine(line),
      current: () => {
        this.#enter();
        return senders.current();
      },
    };
  }

  #enter(): void {
    if (this.#place === undefined) return;
    this.#look();
    this.#options.senders.enterOf(this.#view, this.#place.names, this.#options.tally().currentMessage, this.#pidOf);
  }

  /** A view of the linear memory, which is another buffer once it has grown. */
  #look(): void {
    const { buffer } = this.#options.tally().heap;
    if (this.#view.buffer !== buffer) this.#view = new DataView(buffer);
  }

  #sumBytes(place: BatchPlace, first: number, end: number): number {
    let bytes = 0;
    for (let message = first; message < end; message++) bytes += messageLength(this.#view, place, message);
    return bytes;
  }

  #countSenders({ headers, names, nameBytes }: BatchPlace, first: number, end: number): void {
    if (end === first) return;
    const pidOf = this.#pidOf;
    const shifted = pidOf === undefined ? undefined : (index: number): number => pidOf(first + index);
    const { senders } = this.#options;
    senders.takeBatch(this.#view, headers + first * MMSGHDR.bytes, names + first * nameBytes, end - first, shifted);
  }

  #copyToTap(place: BatchPlace, first: number, end: number): void {
    const { heap } = this.#options.tally();
    for (let message = first; message < end; message++) {
      const start = place.slots + message * place.slotStride;
      this.#options.tap.take(heap.subarray(start, start + messageLength(this.#view, place, message)), "", 0);
    }
  }
}
