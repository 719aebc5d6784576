import { MMSGHDR, messageLength } from "../../model/batch.ts";
import type { Sink } from "../transport.ts";
import { decodeInetAddress } from "../sockaddr.ts";
import { AF_INET, AF_INET6 } from "../libc.ts";
import type { BatchSink } from "./loop.ts";
import type { BatchMemory } from "./ring.ts";

/** As large as a ring needs it; untouched pages of it cost nothing. */
const MEMORY_BYTES = 72 * 1024 * 1024;
const ALIGN = 64;

/** Memory for a ring where there is no core. */
export function createBatchMemory(): BatchMemory {
  const heap = new Uint8Array(MEMORY_BYTES);
  let top = ALIGN;
  return {
    heap,
    reserve(bytes) {
      const offset = top;
      top += (bytes + ALIGN - 1) & ~(ALIGN - 1);
      return offset;
    },
  };
}

/** Hands the messages of batches one by one to a sink that knows nothing of batches. */
export function createPlainBatchSink(sink: Sink): BatchSink {
  const memory = createBatchMemory();
  const { heap } = memory;
  const view = new DataView(heap.buffer);
  return {
    memory,
    takeBatch(place, first, end) {
      const { headers, slots, slotStride, names, nameBytes } = place;
      for (let message = first; message < end; message++) {
        const start = slots + message * slotStride;
        const family = view.getUint16(names + message * nameBytes, true);
        const isInet = family === AF_INET || family === AF_INET6;
        const sender = isInet ? decodeInetAddress(heap, names + message * nameBytes) : { host: "", port: 0 };
        // The kernel has overwritten the room for the address with the bytes that it took.
        view.setUint32(headers + message * MMSGHDR.bytes + MMSGHDR.nameLength, nameBytes, true);
        sink.take(heap.subarray(start, start + messageLength(view, place, message)), sender.host, sender.port);
      }
      return end;
    },
  };
}
