import { parentPort, workerData } from "node:worker_threads";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { TransportReading } from "../model/transport.ts";
import type { Tapped } from "../capture/recording.ts";
import { assert, unreachable } from "../std/assert.ts";
import { BatchLoop } from "../transport/batch/loop.ts";
import { openTransport } from "../transport/registry.ts";
import { TransportError } from "../transport/transport.ts";
import type { Transport } from "../transport/transport.ts";
import { createIntake } from "./intake.ts";
import { AWAY_MS_MAX, RELAY_AWAY_MS_MAX, SETTLE_CPU_MS_MAX, SETTLE_MS_MAX } from "./limits.ts";
import type { FromShard, ShardDelta, ShardOptions, ToShard } from "./message.ts";
import { startRelaying } from "./relaying.ts";
import type { Relaying } from "./relaying.ts";
import { buffersOf } from "./sender-columns.ts";

/** The entry of a shard thread: sockets on one side, messages on the other, an intake between them. */

assert(parentPort !== null, "worker.ts runs in a worker thread");
const port = parentPort;
const options = workerData as ShardOptions;
const intake = createIntake(options, Date.now, () => performance.now(), post);
const transports: Transport[] = [];
/** Where it exists, it blocks this thread between datagrams: whoever posts a message here must wake it. */
let loop: BatchLoop | undefined;
let relaying: Relaying | undefined;

/** Messages are answered one after the other, in the order in which they came. */
let work = open();
port.on("message", (message: ToShard) => {
  loop?.hold();
  work = work.then(() => answer(message)).finally(() => loop?.release());
});

async function open(): Promise<void> {
  try {
    if (options.relay !== undefined) relaying = await startRelaying(options.relay, options, intake);
    const sink = relaying?.sink ?? intake;
    if (options.readsBatches) loop = new BatchLoop(sink, relaying === undefined ? AWAY_MS_MAX : RELAY_AWAY_MS_MAX);
    for (const url of options.listen) {
      const { receiveBufferBytes, reusePort, stream } = options;
      const place = { url, receiveBufferBytes, reusePort, stream, loop };
      transports.push(await openTransport(place, sink, fail));
    }
    const listening = transports.map((transport) => transport.listener);
    const socketFds = [...(loop?.socketFds ?? []), ...(relaying?.fds ?? [])];
    send({ type: "ready", listening, wakeFd: loop?.wakeFd, socketFds });
  } catch (error) {
    // Everything else is a bug: it ends the thread, and the main side says so.
    if (!(error instanceof TransportError)) throw error;
    fail(error);
    await close();
  }
}

async function answer(message: ToShard): Promise<void> {
  switch (message.type) {
    case "drain":
      await settle();
      return intake.drain(message.id, post, nextTurn);
    case "capture":
      // The last answer holds what had arrived when the end was asked for.
      if (!message.isOn) await settle();
      return postCaptured(message.id, intake.tap.answer(message.isOn));
    case "policy":
      // What had arrived before is still read under the rules that held then.
      await settle();
      await intake.usePolicy(message.policy, message.layouts, nextTurn);
      return send({ type: "policy-in-use", id: message.id });
    case "stop":
      await settle();
      await close();
      while (!intake.isUpToDate) await nextTurn();
      await intake.drain(message.id, post, nextTurn);
      return port.close();
    default:
      return unreachable(message, "a message to a shard");
  }
}

/**
 * Reads what waits in the sockets: a drain shows all that had arrived when it was asked for. Where the event loop does the
 * reading, two turns without a datagram mean that there is nothing more; where more comes for ever, the time decides.
 */
async function settle(): Promise<void> {
  if (loop !== undefined) return loop.settle(performance.now() + SETTLE_MS_MAX);
  const start = process.threadCpuUsage();
  for (let quiet = 0; quiet < 2 && cpuMsSince(start) < SETTLE_CPU_MS_MAX;) {
    const before = intake.received.datagrams;
    await nextTurn();
    quiet = intake.received.datagrams === before && intake.isUpToDate ? quiet + 1 : 0;
  }
}

/** Processor time of this thread. */
function cpuMsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / 1_000;
}

async function close(): Promise<void> {
  await Promise.all(transports.map((transport) => transport.close()));
  await relaying?.close();
}

function fail(error: TransportError): void {
  send({ type: "failed", message: error.message });
}

function readTransports(): TransportReading[] {
  const readings = transports.map(({ listener, counters }) => ({ url: listener.url, counters: counters?.() }));
  return readings.filter((reading) => reading.counters !== undefined) as TransportReading[];
}

function post(part: ShardDelta): void {
  const delta = part.last ? { ...part, transports: readTransports(), relay: relaying?.counts() } : part;
  const buffers = delta.senders === undefined ? [] : buffersOf(delta.senders);
  if (delta.bytes.length > 0) buffers.push(delta.bytes.buffer as ArrayBuffer);
  send(delta, buffers);
}

function postCaptured(id: number, tapped: Tapped): void {
  send(
    { type: "captured", id, tapped },
    tapped.blocks.map(({ buffer }) => buffer as ArrayBuffer),
  );
}

function send(message: FromShard, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}
