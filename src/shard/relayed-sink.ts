import { messageLength } from "../model/batch.ts";
import type { BatchSink } from "../transport/batch/loop.ts";
import type { Sink } from "../transport/transport.ts";
import type { Relay } from "./relay.ts";

/**
 * A sink that hands everything to `sink` and then to a relay. Lines that a stream refused are not relayed: nobody has the whole
 * of them.
 */
export function relayedSink(sink: Sink & BatchSink, relay: Relay): Sink & BatchSink {
  return {
    memory: sink.memory,
    take(bytes, address, port) {
      sink.take(bytes, address, port);
      relay.take(bytes);
    },
    refuse: sink.refuse,
    whenUpToDate: sink.whenUpToDate,
    takeBatch(place, first, end, processOf) {
      const next = sink.takeBatch(place, first, end, processOf);
      // Only now: the memory may have grown.
      const { heap } = sink.memory;
      const view = new DataView(heap.buffer);
      for (let message = first; message < next; message++) {
        const start = place.slots + message * place.slotStride;
        relay.take(heap.subarray(start, start + messageLength(view, place, message)));
      }
      return next;
    },
  };
}
