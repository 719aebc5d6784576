import { once } from "node:events";
import { createServer } from "node:net";
import type { Server } from "node:net";
import type { ListenerStatus } from "../../model/status.ts";
import { zeroCounters } from "../../model/transport.ts";
import type { StreamLimits } from "../../model/transport.ts";
import type { Clock } from "../../std/clock.ts";
import { TransportError } from "../transport.ts";
import type { Sink, Transport } from "../transport.ts";
import { Connection } from "./connection.ts";
import type { Framer, LineSink } from "./framer.ts";

/** A look at all connections costs little; so many in an idle timeout make it right to an eighth. */
const LOOKS = 8;
/** A client that vanished without a word is asked for after this time, and again by the system's rules. */
const KEEP_ALIVE_MS = 60_000;

/** Where to listen; `fd` is a socket that listens already. */
export type Place =
  | { readonly host: string; readonly port: number }
  | { readonly path: string }
  | { readonly fd: number };

export interface StreamListenOptions {
  readonly listen: Place;
  readonly limits: StreamLimits;
  readonly clock: Clock;
  readonly sink: Sink;
  readonly onError: (error: TransportError) => void;
  /** Called once it listens: what to call it, and how its connections are framed. */
  readonly describe: (server: Server) => StreamDescription;
}

export interface StreamDescription {
  readonly url: string;
  readonly reader: string;
  readonly frame: (sink: LineSink) => Framer;
}

/** Listens for connections and reads them. Rejects with the error of the system when it cannot listen. */
export async function listenStream(options: StreamListenOptions): Promise<Transport> {
  const { limits, clock, sink, onError, describe } = options;
  const counters = zeroCounters();
  const connections = new Set<Connection>();
  const server = createServer({ keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
  // The server closes what is above it at once, before anything of it is read.
  server.maxConnections = limits.connectionsMax;
  server.on("drop", () => counters.connections_refused++);
  server.listen(options.listen);
  await once(server, "listening");

  const { url, reader, frame } = describe(server);
  server.on("error", (error) => onError(new TransportError(url, `the socket failed: ${error.message}`, error)));
  server.on("connection", (socket) => {
    const connection = new Connection({ socket, frame, sink, counters });
    connections.add(connection);
    void connection.closed.then(() => connections.delete(connection));
  });
  const stopLooking = limits.idleMs === 0 ? () => {} : lookEvery(limits.idleMs / LOOKS, clock, connections);
  // 0: the system sizes the buffers of a connection, and what does not fit waits at the client.
  const listener: ListenerStatus = { url, reader, receiveBufferBytes: 0 };
  return {
    listener,
    counters: () => ({ ...counters }),
    async close() {
      stopLooking();
      const closed = once(server, "close");
      server.close();
      for (const connection of connections) connection.close();
      await closed;
      await Promise.all([...connections].map((connection) => connection.closed));
    },
  };
}

/** Ends idle connections; the answer stops it. No clock is read for it while lines come in. */
function lookEvery(periodMs: number, clock: Clock, connections: ReadonlySet<Connection>): () => void {
  let cancel = clock.after(periodMs, look);
  function look(): void {
    for (const connection of connections) connection.look(LOOKS);
    cancel = clock.after(periodMs, look);
  }
  return () => cancel();
}
