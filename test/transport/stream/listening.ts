import { once } from "node:events";
import { connect } from "node:net";
import type { NetConnectOpts, Socket } from "node:net";
import type { StreamRejectReason } from "../../../src/model/reject.ts";
import type { StreamLimits } from "../../../src/model/transport.ts";
import type { Clock } from "../../../src/std/clock.ts";
import { systemClock } from "../../../src/std/clock.ts";
import type { Sink, Transport, TransportError, TransportOptions } from "../../../src/transport/transport.ts";
import { SHARD_OPTIONS } from "../../support/shard-options.ts";

type Open = (
  options: TransportOptions,
  sink: Sink,
  onError: (error: TransportError) => void,
  clock: Clock,
) => Promise<Transport>;

/** An open stream listener and what came through it. */
export interface Listening {
  readonly transport: Transport;
  readonly url: string;
  /** Non-empty lines, in the order of their arrival. */
  readonly lines: string[];
  /** `address:port` of whoever sent the last block. */
  readonly senders: Set<string>;
  readonly refused: [StreamRejectReason, string][];
  readonly count: (name: keyof ReturnType<NonNullable<Transport["counters"]>>) => number;
}

export const opened: Transport[] = [];

export async function listenOn(
  open: Open,
  url: string,
  limits: Partial<StreamLimits> = {},
  clock: Clock = systemClock,
): Promise<Listening> {
  const lines: string[] = [];
  const refused: [StreamRejectReason, string][] = [];
  const senders = new Set<string>();
  const sink: Sink = {
    take(bytes, address, port) {
      senders.add(`${address}:${port}`);
      lines.push(
        ...Buffer.from(bytes)
          .toString("latin1")
          .split("\n")
          .filter((line) => line !== ""),
      );
    },
    refuse: (reason, bytes) => void refused.push([reason, Buffer.from(bytes).toString("latin1")]),
  };
  const options = { url, receiveBufferBytes: 65_536, reusePort: false, loop: undefined };
  const transport = await open({ ...options, stream: { ...SHARD_OPTIONS.stream, ...limits } }, sink, fail, clock);
  opened.push(transport);
  return {
    transport,
    url: transport.listener.url,
    lines,
    senders,
    refused,
    count: (name) => transport.counters?.()[name] ?? -1,
  };
}

export async function closeAll(): Promise<void> {
  await Promise.all(opened.splice(0).map((transport) => transport.close()));
}

function fail(error: TransportError): never {
  throw error;
}

/** A connected client; resets by the server are what many tests are about, so they are no errors here. */
export async function connectTo(url: string): Promise<Socket> {
  const socket = connect(placeOf(url));
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Connects, sends, ends, and waits for the end of the connection, whoever ended it. */
export async function sendTo(url: string, ...chunks: (string | Buffer)[]): Promise<void> {
  const socket = await connectTo(url);
  for (const chunk of chunks) socket.write(chunk);
  socket.end();
  await new Promise<void>((resolve) => socket.resume().once("close", () => resolve()));
}

function placeOf(url: string): NetConnectOpts {
  if (url.startsWith("unix://")) return { path: url.slice("unix://".length) };
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}
