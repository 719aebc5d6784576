import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sender } from "../load/native.ts";
import type { SendOptions } from "../load/send.ts";
import { cpuNanoseconds, residentBytes, udpSockets, untilRead } from "../proc.ts";
import { median } from "../result.ts";
import { isRunning } from "./peer.ts";
import type { Peer, Running } from "./peer.ts";

export interface Shape {
  readonly name: string;
  /** As `ScenarioOptions.datagramBytes`. */
  readonly datagramBytes: number;
  /** A rate that every peer gets; datagrams a second. */
  readonly perSecond: number;
}

/** Plain StatsD lines: whoever wants to compare cannot send tags, which half of the peers do not read. */
export const SHAPES: readonly Shape[] = [
  { name: "one line in each datagram", datagramBytes: 0, perSecond: 15_000 },
  { name: "1,432-byte datagrams", datagramBytes: 1_432, perSecond: 4_000 },
];

/** One run of one peer. */
export interface Round {
  readonly lines: number;
  readonly cpuNs: number;
  readonly datagrams: number;
  readonly drops: number;
  readonly residentBytes: number;
  /** By its own count, where it tells. */
  readonly counted: number | undefined;
}

export interface PeerResult {
  readonly name: string;
  readonly install: string;
  readonly version: string;
  /** By the name of the shape; empty when it was not run. */
  readonly rounds: Readonly<Record<string, readonly Round[]>>;
  /** Most lines a second with less than one per cent lost, by the name of the shape, where it was searched. */
  readonly maxima: Readonly<Record<string, number>>;
  readonly notRun: string;
}

/** A flush of a second's values comes within this time, so the cost of flushing is in the count. */
const FLUSH_MS = 1_200;
const LOSS_MAX = 0.01;
const SEARCH_STEPS = 4;
const SEARCH_START = 4_000;
/** No peer and no sender here reaches more datagrams a second. */
const SEARCH_END = 1_024_000;

export function loadOf(shape: Shape, port: number, perSecond: number, seconds: number): SendOptions {
  return {
    seed: 7,
    series: 1_000,
    mix: "mixed",
    tags: 0,
    datagramBytes: shape.datagramBytes,
    lines: 20_000,
    prefix: "compare",
    port,
    sockets: 4,
    datagrams: Math.round(perSecond * seconds),
    datagramsPerSecond: perSecond,
  };
}

/** All peers in turn, round by round (A B C A B C), each started anew with the same load. */
export async function comparePeers(
  peers: readonly Peer[],
  sender: Sender,
  plan: { readonly rounds: number; readonly seconds: number; readonly max: boolean },
): Promise<PeerResult[]> {
  const folders = peers.map(() => mkdtempSync(join(tmpdir(), "tallyd-compare-")));
  const results = peers.map(({ name, install }) => ({
    name,
    install,
    version: "",
    rounds: Object.fromEntries(SHAPES.map((shape): [string, Round[]] => [shape.name, []])),
    maxima: {} as Record<string, number>,
    notRun: "",
  }));
  try {
    for (let round = 0; round < plan.rounds; round++) {
      for (const [i, peer] of peers.entries()) {
        const result = results[i] as (typeof results)[number];
        if (result.notRun !== "") continue;
        const started = await peer.start(folders[i] as string);
        if (!isRunning(started)) {
          result.notRun = started.reason;
          continue;
        }
        result.version = started.version;
        try {
          for (const shape of SHAPES)
            result.rounds[shape.name]?.push(await runOnce(started, sender, shape, plan.seconds));
          if (!plan.max || round > 0) continue;
          for (const shape of SHAPES) result.maxima[shape.name] = await findMax(started, sender, shape);
        } finally {
          await started.stop();
        }
      }
    }
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
  return results;
}

async function runOnce(peer: Running, sender: Sender, shape: Shape, seconds: number): Promise<Round> {
  // Unmeasured: makes every series, and lets a JavaScript engine compile.
  await sender.send(loadOf(shape, peer.port, shape.perSecond, 1));
  await untilRead(peer.port);
  const countedBefore = await peer.lines?.();
  const dropsBefore = udpSockets(peer.port).drops;
  const cpuBefore = cpuNanoseconds(peer.pid);
  const sent = await sender.send(loadOf(shape, peer.port, shape.perSecond, seconds));
  await untilRead(peer.port);
  await sleep(FLUSH_MS);
  const cpuNs = cpuNanoseconds(peer.pid) - cpuBefore;
  const counted = await peer.lines?.();
  return {
    lines: sent.lines,
    cpuNs,
    datagrams: sent.datagrams,
    drops: udpSockets(peer.port).drops - dropsBefore,
    residentBytes: residentBytes(peer.pid),
    counted: counted === undefined ? undefined : counted - (countedBefore ?? 0),
  };
}

/** Doubles the rate until too much is lost, then halves the gap a few times. Lines a second. */
async function findMax(peer: Running, sender: Sender, shape: Shape): Promise<number> {
  let [good, linesPerSecond] = [0, 0];
  const holds = async (perSecond: number): Promise<boolean> => {
    const before = udpSockets(peer.port).drops;
    const sent = await sender.send(loadOf(shape, peer.port, perSecond, 1));
    await untilRead(peer.port);
    const isHeld = (udpSockets(peer.port).drops - before) / sent.datagrams < LOSS_MAX;
    // The sender may not reach what it was asked for; what counts is what it sent.
    if (isHeld) linesPerSecond = Math.max(linesPerSecond, sent.lines / sent.seconds);
    return isHeld && sent.datagrams / sent.seconds > perSecond * 0.9;
  };
  let bad = SEARCH_START;
  while (bad < SEARCH_END && (await holds(bad))) {
    good = bad;
    bad *= 2;
  }
  for (let step = 0; step < SEARCH_STEPS; step++) {
    const middle = Math.round((good + bad) / 2);
    if (await holds(middle)) good = middle;
    else bad = middle;
  }
  return linesPerSecond;
}

/** CPU seconds for a million lines. */
export const cpuPerMillion = (rounds: readonly Round[]): number =>
  median(rounds.map((round) => round.cpuNs / 1e3 / linesRead(round)));

/** Lines of the datagrams that the kernel did not throw away. */
function linesRead(round: Round): number {
  return round.counted ?? round.lines * (1 - round.drops / round.datagrams);
}

export function lostPercent(rounds: readonly Round[]): number {
  const sent = rounds.reduce((sum, round) => sum + round.lines, 0);
  return (100 * (sent - rounds.reduce((sum, round) => sum + linesRead(round), 0))) / sent;
}
