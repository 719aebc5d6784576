import { setTimeout as sleep } from "node:timers/promises";
import type { Sender, Sent } from "../load/native.ts";
import type { SendOptions } from "../load/send.ts";
import { cpuNanoseconds, udpSockets, untilRead } from "../proc.ts";
import { median } from "../result.ts";
import type { Receiver } from "./receiver.ts";

/** After the last datagram was read: what was begun because of it is finished, the next second's work is not counted. */
const GRACE_MS = 50;

/** One run: what was sent, what came, and what it cost. */
export interface Run {
  readonly sent: Sent;
  readonly lines: number;
  /** Datagrams that the kernel threw away. */
  readonly drops: number;
  readonly cpuNs: number;
  /** From the first datagram to the end of the grace time. */
  readonly seconds: number;
}

export async function measureRun(receiver: Receiver, sender: Sender, load: Omit<SendOptions, "port">): Promise<Run> {
  const dropsBefore = udpSockets(receiver.port).drops;
  const cpuBefore = cpuNanoseconds(receiver.pid);
  const start = performance.now();
  const sent = await sender.send({ ...load, port: receiver.port });
  await untilRead(receiver.port);
  await sleep(GRACE_MS);
  const cpuNs = cpuNanoseconds(receiver.pid) - cpuBefore;
  const seconds = (performance.now() - start) / 1_000;
  const drops = udpSockets(receiver.port).drops - dropsBefore;
  return { sent, lines: await receiver.lines(), drops, cpuNs, seconds };
}

/** The receivers one after the other, round by round (A B C A B C), so that a drift of the machine meets all alike. */
export async function alternate<T>(
  starts: ReadonlyMap<string, () => Promise<T>>,
  rounds: number,
): Promise<Map<string, T[]>> {
  const out = new Map<string, T[]>([...starts.keys()].map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) for (const [name, run] of starts) out.get(name)?.push(await run());
  return out;
}

export const nsPerDatagram = (runs: readonly Run[]): number =>
  median(runs.map((run) => run.cpuNs / (run.sent.datagrams - run.drops)));
export const nsPerLine = (runs: readonly Run[]): number => median(runs.map((run) => run.cpuNs / run.lines));
/** Per cent of one core. */
export const corePercent = (runs: readonly Run[]): number => median(runs.map((run) => run.cpuNs / 1e7 / run.seconds));
export const linesPerSecond = (runs: readonly Run[]): number => median(runs.map((run) => run.lines / run.sent.seconds));
/** Per cent of all lines of all runs. */
export function lossPercent(runs: readonly Run[]): number {
  const sent = runs.reduce((sum, run) => sum + run.sent.lines, 0);
  return (100 * (sent - runs.reduce((sum, run) => sum + run.lines, 0))) / sent;
}
