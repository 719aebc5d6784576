import type { Scenario, SeriesTotal } from "../../load/scenario.ts";
import type { Sender } from "../../load/sender.ts";
import type { LoadHost, Sent } from "../../load/send-load.ts";
import { sendLoad } from "../../load/send-load.ts";
import type { KindRow } from "../../model/kind.ts";
import type { Status } from "../../model/status.ts";
import { measureLatency } from "./latency.ts";
import type { Latency, LatencyHost } from "./latency.ts";
import type { Page, ServerView } from "./server-view.ts";
import { ServerViewError, settle } from "./server-view.ts";
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
const ASKS_BEFORE = 10;

/** Sends at a rate and, with a view of the server, finds out what became of it. */
export async function runLoad(rig: Rig, options: RunOptions): Promise<RunResult> {
  const { view, host } = rig;
  if (view === undefined) return resultOf(rig, options, await send(rig, options));
  const before = await settle(view.drained, host);
  const [pageBefore, cost] = await costOf(view);
  let asks = 0;
  const drained = (): Promise<Status> => {
    asks++;
    return view.drained();
  };
  const [sent, latency] = await sendWithProbes(rig, options, drained);
  const after = await settle(drained, host);
  const pageAfter = await view.page();
  if (after.startedAt !== before.startedAt) throw new ServerViewError("the server was started anew during the run");
  const probes = latency?.probes ?? 0;
  const account = accountFor({ datagrams: sent.datagrams + probes, lines: sent.lines + probes }, before, after);
  const server: Verdict = {
    ...account,
    cpu: cpuOf(pageBefore, pageAfter, cost.pageSeconds + asks * cost.askSeconds, account.received, sent.seconds),
    ...(latency === undefined ? {} : { latency }),
    sums: compareSums(countersOf(rig, sent), pageBefore, pageAfter),
  };
  return { ...resultOf(rig, options, sent), server };
}

/**
 * What the bench's own questions cost the server: one after the other, to a server that rests, so that the differences are theirs. With
 * the page that begins the run.
 */
async function costOf(
  view: ServerView,
): Promise<[Page, { readonly pageSeconds: number; readonly askSeconds: number }]> {
  const first = await view.page();
  for (let i = 1; i < PAGES_BEFORE; i++) await view.page();
  const last = await view.page();
  const pageSeconds = (processCpu(last) - processCpu(first)) / PAGES_BEFORE;
  for (let i = 0; i < ASKS_BEFORE; i++) await view.drained();
  const begin = await view.page();
  const askSeconds = Math.max(0, processCpu(begin) - processCpu(last) - pageSeconds) / ASKS_BEFORE;
  return [begin, { pageSeconds, askSeconds }];
}

function countersOf({ scenario }: Rig, { times }: Sent): Iterable<SeriesTotal> {
  return scenario.totals(times).values();
}

/** Either ends the other when it fails, and both have ended before this does: nothing is sent on sockets that are closed then. */
async function sendWithProbes(
  rig: Rig,
  options: RunOptions,
  drained: ServerView["drained"],
): Promise<[Sent, Latency | undefined]> {
  if (!options.latency || rig.probe === undefined) return [await send(rig, options), undefined];
  const sendingEnds = new AbortController();
  const probingFails = new AbortController();
  const latency = measureLatency({
    sender: rig.sender,
    drained,
    ...rig.probe,
    host: rig.host,
    signal: sendingEnds.signal,
  });
  const signals = [probingFails.signal, ...(rig.host.signal === undefined ? [] : [rig.host.signal])];
  const host = { ...rig.host, signal: AbortSignal.any(signals) };
  const sent = send({ ...rig, host }, options).finally(() => sendingEnds.abort());
  latency.catch(() => probingFails.abort());
  await Promise.allSettled([sent, latency]);
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
/** At low rates it goes faster than the run, so that it takes no longer than this; what is not taken in thrice the time is given up. */
const WARM_UP_SECONDS = 10;

/**
 * Sends every series once: meeting a series for the first time costs a server more than every later line of it, and the
 * runs shall be about those.
 */
export async function warmUp({ scenario, sender, host }: Rig, rate: number): Promise<void> {
  await sendLoad(
    scenario,
    sender,
    {
      datagramsPerSecond: Math.max(
        Math.min(rate, WARM_UP_RATE) / scenario.linesPerDatagram,
        scenario.roundDatagrams / WARM_UP_SECONDS,
      ),
      durationMs: 3 * WARM_UP_SECONDS * 1_000,
      datagramsMax: scenario.roundDatagrams,
    },
    host,
  );
}
