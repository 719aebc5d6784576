import type { Scenario, SeriesTotal } from "../../load/scenario.ts";
import type { Sender } from "../../load/sender.ts";
import type { LoadHost, Sent } from "../../load/send-load.ts";
import { sendLoad } from "../../load/send-load.ts";
import type { KindRow } from "../../model/kind.ts";
import { measureLatency } from "./latency.ts";
import type { Latency, LatencyHost } from "./latency.ts";
import type { ServerView } from "./server-view.ts";
import { ServerViewError } from "./server-view.ts";
import type { Verdict } from "./verdict.ts";
import { accountFor, compareSums, cpuOf, processCpu } from "./verdict.ts";

/** What one measured load was and did. */
export interface RunResult {
  /** Lines a second that were asked for; null = as fast as the sender can. */
  readonly rate: number | null;
  /** Lines a second that were reached. */
  readonly reached: number;
  readonly seconds: number;
  /** Probes not included. */
  readonly sent: { readonly datagrams: number; readonly lines: number; readonly bytes: number };
  /** How often the sender's own kernel refused, by error code; what was refused is not counted as sent. */
  readonly refused: Readonly<Record<string, number>>;
  /** Absent without `--verify`. */
  readonly server?: Verdict;
}

/** What does not change between the runs of a search. */
export interface Rig {
  readonly scenario: Scenario;
  readonly sender: Sender;
  readonly view: ServerView | undefined;
  readonly host: LoadHost & LatencyHost;
  /** The probes' series; undefined where the mix has every kind, and none can be told apart from the load. */
  readonly probe: { readonly name: string; readonly kind: KindRow } | undefined;
}

export interface RunOptions {
  readonly rate: number;
  readonly durationMs: number;
  readonly latency: boolean;
}

/** Of which the mean is taken for one. */
const PAGES_BEFORE = 3;

/** Sends at a rate and, with a view of the server, finds out what became of it. */
export async function runLoad(rig: Rig, options: RunOptions): Promise<RunResult> {
  const { view } = rig;
  if (view === undefined) return resultOf(rig, options, await send(rig, options));
  const before = await view.settled();
  // Pages one after the other: the last begins the run, and the differences are what a page costs.
  const firstPage = await view.page();
  for (let i = 1; i < PAGES_BEFORE; i++) await view.page();
  const pageBefore = await view.page();
  const [sent, latency] = await sendWithProbes(rig, options, view);
  const after = await view.settled();
  const pageAfter = await view.page();
  if (after.startedAt !== before.startedAt) throw new ServerViewError("the server was started anew during the run");
  const probes = latency?.probes ?? 0;
  const account = accountFor({ datagrams: sent.datagrams + probes, lines: sent.lines + probes }, before, after);
  const pageSeconds = (processCpu(pageBefore) - processCpu(firstPage)) / PAGES_BEFORE;
  const server: Verdict = {
    ...account,
    cpu: cpuOf(pageBefore, pageAfter, pageSeconds, account.received, sent.seconds),
    ...(latency === undefined ? {} : { latency }),
    sums: compareSums(countersOf(rig, sent), pageBefore, pageAfter),
  };
  return { ...resultOf(rig, options, sent), server };
}

function countersOf({ scenario }: Rig, { times }: Sent): Iterable<SeriesTotal> {
  return scenario.totals(times).values();
}

async function sendWithProbes(
  rig: Rig,
  options: RunOptions,
  { drained }: Pick<ServerView, "drained">,
): Promise<[Sent, Latency | undefined]> {
  if (!options.latency || rig.probe === undefined) return [await send(rig, options), undefined];
  const sendingEnds = new AbortController();
  const latency = measureLatency({
    sender: rig.sender,
    drained,
    ...rig.probe,
    host: rig.host,
    signal: sendingEnds.signal,
  });
  const sent = send(rig, options).finally(() => sendingEnds.abort());
  return Promise.all([sent, latency]);
}

function send(rig: Rig, { rate, durationMs }: RunOptions): Promise<Sent> {
  const datagramsPerSecond = rate / rig.scenario.linesPerDatagram;
  return sendLoad(rig.scenario, rig.sender, { datagramsPerSecond, durationMs, datagramsMax: Infinity }, rig.host);
}

function resultOf({ sender }: Rig, { rate }: RunOptions, sent: Sent): RunResult {
  const { seconds, datagrams, lines, bytes } = sent;
  return {
    rate: rate === Infinity ? null : rate,
    reached: seconds === 0 ? 0 : lines / seconds,
    seconds,
    sent: { datagrams, lines, bytes },
    refused: Object.fromEntries(sender.refused),
  };
}

const WARM_UP_RATE = 100_000;

/**
 * Sends every series once: meeting a series for the first time costs a server more than every later line of it, and the
 * runs shall be about those.
 */
export async function warmUp({ scenario, sender, host }: Rig, rate: number): Promise<void> {
  await sendLoad(
    scenario,
    sender,
    {
      datagramsPerSecond: Math.min(rate, WARM_UP_RATE) / scenario.linesPerDatagram,
      durationMs: Infinity,
      datagramsMax: scenario.roundDatagrams,
    },
    host,
  );
}
