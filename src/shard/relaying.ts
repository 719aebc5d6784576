import type { RelayCounts, RelayTarget } from "../model/relay.ts";
import type { BatchSink } from "../transport/batch/loop.ts";
import { openPacketSocket } from "../transport/relay/open.ts";
import type { Sink } from "../transport/transport.ts";
import { RELAY_FLUSH_MS } from "./limits.ts";
import type { ShardOptions } from "./message.ts";
import { Relay } from "./relay.ts";
import { relayedSink } from "./relayed-sink.ts";

/** What a shard relays to where. */
export interface RelayOptions extends RelayTarget {
  /** Longest packet; a line has a byte less, for its line feed. */
  readonly packetBytesMax: number;
}

/** The relay of a shard thread while it works. */
export interface Relaying {
  /** Takes the place of the sink that it was given. */
  readonly sink: Sink & BatchSink;
  /** Descriptors that Node.js does not close when the thread dies. */
  readonly fds: readonly number[];
  /** Totals so far; a new object each time. */
  counts(): RelayCounts;
  /** Sends what is waiting and closes the socket. */
  close(): Promise<void>;
}

/** Relays what comes into `sink`. Rejects with a `TransportError`. */
export async function startRelaying(
  target: RelayOptions,
  { readsBatches, requiresEnd }: Pick<ShardOptions, "readsBatches" | "requiresEnd">,
  sink: Sink & BatchSink,
): Promise<Relaying> {
  const socket = await openPacketSocket(target, target.packetBytesMax, readsBatches);
  const relay = new Relay(socket, requiresEnd);
  const timer = setInterval(() => relay.flush(), RELAY_FLUSH_MS);
  return {
    sink: relayedSink(sink, relay),
    fds: socket.fds,
    counts: () => structuredClone(socket.outcomes.counts),
    async close() {
      clearInterval(timer);
      relay.flush();
      await socket.close();
    },
  };
}
