import { setTimeout as sleep } from "node:timers/promises";
import type { Status } from "../../src/model/status.ts";
import type { Intake } from "../../test/support/intake/intake.ts";
import type { Sender } from "../load/native.ts";
import type { SendOptions } from "../load/send.ts";
import { cpuNanoseconds, residentBytes, udpSockets, untilRead } from "../proc.ts";
import { median } from "../result.ts";
import type { Server } from "../server.ts";

export interface SoakPlan {
  readonly seconds: number;
  /** Datagrams a second; 0 = half of the highest rate with less than 0.1 % lost, found first. */
  readonly perSecond: number;
}

export interface SoakReport {
  readonly perSecond: number;
  readonly lines: number;
  readonly datagrams: number;
  readonly drops: number;
  readonly status: Status;
  readonly scrapes: number;
  readonly corePercent: number;
  /** Resident bytes once a second. */
  readonly resident: readonly number[];
  readonly intakePoints: number;
  readonly intakeRefusals: readonly string[];
}

const DATAGRAM_BYTES = 1_432;
const STABLE_SERIES = 5_000;
/** New names in every segment: old ones are forgotten, or memory grows. */
const CHURN_SERIES = 500;
const SEGMENT_SECONDS = 5;
const SCRAPE_MS = 5_000;
/** Below it the tenth that churns would be no traffic. */
const RATE_MIN = 100;
/** A steady load, and a tenth of it with names that are new in each segment. */
const CHURN_SHARE = 0.1;

/** Half of the maximum rate, with churn, all kinds, scrapes and deliveries, for as long as asked. */
export async function soak(server: Server, intake: Intake, sender: Sender, plan: SoakPlan): Promise<SoakReport> {
  const half = plan.perSecond === 0 ? Math.floor((await maximum(server, sender)) / 2) : plan.perSecond;
  if (half < RATE_MIN) throw new Error(`a soak needs ${RATE_MIN} datagrams a second or more, not ${half}`);
  const base = await server.settled();
  const dropsBefore = udpSockets(server.udpPort).drops;
  const cpuBefore = cpuNanoseconds(server.pid);
  const start = performance.now();
  const watch = watchServer(server, intake);
  let [lines, datagrams] = [0, 0];
  for (let segment = 0; performance.now() - start < plan.seconds * 1_000; segment++) {
    const seconds = Math.min(SEGMENT_SECONDS, plan.seconds);
    for (const sent of await Promise.all([
      sender.send(loadOf(server, "stable", STABLE_SERIES, half * (1 - CHURN_SHARE), seconds)),
      sender.send(loadOf(server, `churn${segment}`, CHURN_SERIES, half * CHURN_SHARE, seconds)),
    ])) {
      lines += sent.lines;
      datagrams += sent.datagrams;
    }
  }
  const cpuNs = cpuNanoseconds(server.pid) - cpuBefore;
  const seconds = (performance.now() - start) / 1_000;
  await untilRead(server.udpPort);
  const { resident, scrapes, points, refusals } = await watch.stop();
  const status = await server.settled();
  return {
    perSecond: half,
    lines,
    datagrams,
    drops: udpSockets(server.udpPort).drops - dropsBefore,
    status: since(status, base),
    scrapes,
    corePercent: cpuNs / 1e7 / seconds,
    resident,
    intakePoints: points,
    intakeRefusals: refusals,
  };
}

function loadOf(server: Server, prefix: string, series: number, perSecond: number, seconds: number): SendOptions {
  return {
    seed: 13,
    series,
    mix: "all",
    tags: 4,
    datagramBytes: DATAGRAM_BYTES,
    lines: series * 10,
    prefix: `soak.${prefix}`,
    port: server.udpPort,
    sockets: 8,
    datagrams: Math.round(perSecond * seconds),
    datagramsPerSecond: Math.round(perSecond),
  };
}

const SEARCH_START = 5_000;
const SEARCH_END = 640_000;
const LOSS_MAX = 0.001;

/** The highest rate of one second that loses less than a thousandth: doubled until too much, then halved four times. */
async function maximum(server: Server, sender: Sender): Promise<number> {
  const holds = async (perSecond: number): Promise<boolean> => {
    const before = udpSockets(server.udpPort).drops;
    const sent = await sender.send(loadOf(server, "stable", STABLE_SERIES, perSecond, 1));
    await untilRead(server.udpPort);
    const isReached = sent.datagrams / sent.seconds > perSecond * 0.9;
    return isReached && (udpSockets(server.udpPort).drops - before) / sent.datagrams < LOSS_MAX;
  };
  let [good, bad] = [0, SEARCH_START];
  // The first second makes every series; it is not judged.
  await holds(SEARCH_START);
  while (bad < SEARCH_END && (await holds(bad))) {
    good = bad;
    bad *= 2;
  }
  for (let step = 0; step < 4; step++) {
    const middle = Math.round((good + bad) / 2);
    if (await holds(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

interface Watched {
  readonly resident: readonly number[];
  readonly scrapes: number;
  readonly points: number;
  readonly refusals: readonly string[];
}

/** Scrapes, reads the resident memory once a second, and empties the intake, which would keep every point. */
function watchServer(server: Server, intake: Intake): { stop(): Promise<Watched> } {
  const resident: number[] = [];
  const refusals: string[] = [];
  let [scrapes, points] = [0, 0];
  let isRunning = true;
  const empty = (): void => {
    points += intake.arrivals.reduce((sum, arrival) => sum + arrival.points, 0);
    refusals.push(...intake.arrivals.filter(({ refusal }) => refusal !== "").map(({ refusal }) => refusal));
    (intake.arrivals as unknown[]).length = 0;
    intake.store.points.clear();
    intake.store.sketches.clear();
  };
  const scraping = (async (): Promise<void> => {
    while (isRunning) {
      await (await fetch(`${server.http}/metrics`)).arrayBuffer();
      scrapes++;
      await sleep(SCRAPE_MS);
    }
  })();
  const reading = (async (): Promise<void> => {
    while (isRunning) {
      resident.push(residentBytes(server.pid));
      empty();
      await sleep(1_000);
    }
  })();
  return {
    async stop() {
      isRunning = false;
      await Promise.all([scraping, reading]);
      empty();
      return { resident, scrapes, points, refusals };
    },
  };
}

/** The counters of a soak alone, without those of the search before it. */
function since(after: Status, before: Status): Status {
  const { ledger, totals } = after;
  return {
    ...after,
    ledger: {
      ...ledger,
      received: ledger.received - before.ledger.received,
      accepted: ledger.accepted - before.ledger.accepted,
      kernelDrops: ledger.kernelDrops - before.ledger.kernelDrops,
    },
    totals: { ...totals, datagrams: totals.datagrams - before.totals.datagrams },
  };
}

/** Bytes that a straight line through the last two thirds of the readings gains, by least squares. */
export function growth(resident: readonly number[]): number {
  const late = resident.slice(Math.floor(resident.length / 3));
  const middle = (late.length - 1) / 2;
  const mean = late.reduce((sum, bytes) => sum + bytes, 0) / late.length;
  const products = late.reduce((sum, bytes, i) => sum + (i - middle) * (bytes - mean), 0);
  const squares = late.reduce((sum, _bytes, i) => sum + (i - middle) ** 2, 0);
  return squares === 0 ? 0 : (products / squares) * (late.length - 1);
}

/** Of the median resident memory: collections of garbage come and go, a leak adds up. */
export const GROWTH_MAX = 0.08;

/** What a soak must hold; a sentence for each that does not. */
export function faults(report: SoakReport): string[] {
  const { status, datagrams, drops, resident, intakeRefusals } = report;
  const { ledger, totals, outputs } = status;
  const grown = growth(resident) / median(resident);
  const dropped = outputs.flatMap(({ name, dropped: reasons }) =>
    Object.entries(reasons)
      .filter(([, count]) => count > 0)
      .map(([reason, count]) => `${name} dropped ${count} (${reason})`),
  );
  const checks: readonly (readonly [boolean, string])[] = [
    [ledger.balance === 0, `the ledger's balance is ${ledger.balance}`],
    [
      totals.datagrams + drops === datagrams,
      `sent ${datagrams} datagrams, received ${totals.datagrams}, kernel dropped ${drops}: ${datagrams - totals.datagrams - drops} unexplained`,
    ],
    [ledger.accepted === ledger.received, `${ledger.received - ledger.accepted} lines were not accepted`],
    [ledger.kernelDrops === drops, `tallyd counts ${ledger.kernelDrops} kernel drops, the kernel ${drops}`],
    [grown < GROWTH_MAX, `resident memory grew by ${(100 * grown).toFixed(1)} % after the first third`],
    [report.intakePoints > 0, "the intake got no point"],
    [intakeRefusals.length === 0, `the intake refused ${intakeRefusals.length} payloads: ${intakeRefusals[0]}`],
    [dropped.length === 0, dropped.join(", ")],
  ];
  return checks.filter(([isHeld]) => !isHeld).map(([, sentence]) => sentence);
}
