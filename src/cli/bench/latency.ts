import type { Sender } from "../../load/sender.ts";
import { pageName } from "./server-view.ts";

/** Milliseconds from a line's sending until `/metrics` has shown it, the scrape itself included. */
export interface Latency {
  readonly probes: number;
  /** Probes that did not show up within `VISIBLE_WITHIN_MS`. */
  readonly unseen: number;
  /** Scrapes that it took. */
  readonly scrapes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface LatencyHost {
  monotonicMs(): number;
  sleep(ms: number): Promise<void>;
}

export interface LatencyOptions {
  readonly sender: Pick<Sender, "sendOne">;
  /** Scrapes the page and answers one sample of it. */
  readonly sample: (name: string) => Promise<number | undefined>;
  readonly name: string;
  /** Each probe is a gauge with a value that is one larger; from here on, so that no earlier run's value is taken for it. */
  readonly firstValue: number;
  readonly host: LatencyHost;
  /** No probe begins after it. */
  readonly signal: AbortSignal;
}

const GAP_MS = 250;
/** So that scraping takes no more than a sixth of the server's main thread. */
const GAP_PER_SCRAPE = 5;
/** What the first scrape does not show is late anyway. */
const RETRY_MS = 20;
const VISIBLE_WITHIN_MS = 3_000;
/** Where the first ones never show up, none will: a namespace or a mapping renames them. */
const UNSEEN_AT_FIRST_MAX = 2;

/** Sends a probe now and then, and scrapes until it is seen. Answers what it took, and the probes sent. */
export async function measureLatency(options: LatencyOptions): Promise<Latency> {
  const { sender, host, signal, name } = options;
  const seenMs: number[] = [];
  let [probes, unseen, scrapes] = [0, 0, 0];
  while (!signal.aborted && (seenMs.length > 0 || unseen < UNSEEN_AT_FIRST_MAX)) {
    const value = options.firstValue + probes;
    const startMs = host.monotonicMs();
    if (!(await sender.sendOne(Buffer.from(`${name}:${value}|g`)))) {
      await host.sleep(GAP_MS);
      continue;
    }
    probes++;
    let scrapeMs = 0;
    for (let isSeen = false; !isSeen;) {
      const askedMs = host.monotonicMs();
      const shown = await options.sample(pageName(name, "g"));
      scrapes++;
      const nowMs = host.monotonicMs();
      scrapeMs = nowMs - askedMs;
      isSeen = (shown ?? 0) >= value;
      if (isSeen) seenMs.push(nowMs - startMs);
      else if (nowMs - startMs > VISIBLE_WITHIN_MS) {
        unseen++;
        break;
      } else await host.sleep(RETRY_MS);
    }
    await host.sleep(Math.max(GAP_MS, scrapeMs * GAP_PER_SCRAPE));
  }
  seenMs.sort((a, b) => a - b);
  return {
    probes,
    unseen,
    scrapes,
    p50Ms: quantile(seenMs, 0.5),
    p99Ms: quantile(seenMs, 0.99),
    maxMs: seenMs.at(-1) ?? 0,
  };
}

/** The smallest of the ascending numbers that at least a share `q` of them do not exceed; 0 where there are none. */
function quantile(ascending: readonly number[], q: number): number {
  return ascending[Math.max(0, Math.ceil(ascending.length * q) - 1)] ?? 0;
}
