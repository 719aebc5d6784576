import { createSocket } from "node:dgram";
import { BatchLoop } from "../../../src/transport/batch/loop.ts";
import { createPlainBatchSink } from "../../../src/transport/batch/plain-sink.ts";
import { openTransport } from "../../../src/transport/registry.ts";
import type { Sink, Transport, TransportError } from "../../../src/transport/transport.ts";
import { parseUdpUrl } from "../../../src/transport/udp-address.ts";
import { SHARD_OPTIONS } from "../../support/shard-options.ts";

export interface Taken {
  readonly text: string;
  readonly address: string;
  readonly port: number;
}

export interface Rig {
  readonly loop: BatchLoop;
  readonly taken: Taken[];
  readonly errors: TransportError[];
  listen(
    url: string,
    options?: { readonly reusePort?: boolean; readonly receiveBufferBytes?: number },
  ): Promise<Transport>;
  close(): Promise<void>;
}

/** Listeners on a batch loop in this thread, which is held awake so that a test's own sockets get their turns. */
export function createRig(): Rig {
  const taken: Taken[] = [];
  const errors: TransportError[] = [];
  const sink: Sink = {
    take: (bytes, address, port) => taken.push({ text: Buffer.from(bytes).toString("latin1"), address, port }),
    refuse: () => {},
  };
  const loop = new BatchLoop(createPlainBatchSink(sink), 20);
  loop.hold();
  const open: Transport[] = [];
  return {
    loop,
    taken,
    errors,
    async listen(url, { reusePort = false, receiveBufferBytes = 1 << 20 } = {}) {
      const options = { url, receiveBufferBytes, reusePort, stream: SHARD_OPTIONS.stream, loop };
      const transport = await openTransport(options, sink, (error) => errors.push(error));
      open.push(transport);
      return transport;
    },
    async close() {
      await Promise.all(open.splice(0).map((transport) => transport.close()));
    },
  };
}

/** Sends datagrams from one socket; answers the port that they came from. */
export async function sendTo(url: string, ...datagrams: readonly (string | Uint8Array)[]): Promise<number> {
  const { family, host, port } = parseUdpUrl(url);
  const socket = createSocket(family);
  for (const bytes of datagrams) {
    await new Promise<void>((resolve, reject) =>
      socket.send(bytes, port, host, (error) => (error === null ? resolve() : reject(error))),
    );
  }
  const from = socket.address().port;
  socket.close();
  return from;
}
