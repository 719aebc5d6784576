import { Pace } from "./pace.ts";
import type { Scenario } from "./scenario.ts";
import type { Sender } from "./sender.ts";

/** How much to send; always bounded, by time or by number. */
export interface LoadPlan {
  /** Infinity = as fast as the sender can. */
  readonly datagramsPerSecond: number;
  readonly durationMs: number;
  readonly datagramsMax: number;
}

/** Time as an argument. */
export interface LoadHost {
  /** Milliseconds, fractions included, that only ever grow. */
  monotonicMs(): number;
  /** Resolves after about a millisecond; nothing is due before. */
  pause(): Promise<void>;
  /** Resolves as soon as the event loop has done what else was due. */
  breathe(): Promise<void>;
  /** Ends the sending early. */
  readonly signal?: AbortSignal;
  /** Called about every 250 ms with what was sent so far. */
  readonly onProgress?: (progress: { readonly datagrams: number; readonly elapsedMs: number }) => void;
}

export interface Sent {
  /** How often each datagram of the scenario was sent. */
  readonly times: Uint32Array;
  readonly datagrams: number;
  readonly lines: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** Datagrams in one call: about a millisecond of the kernel's time. */
const BURST_MAX = 256;
/** A few turns of a busy machine's scheduler. */
const CATCH_UP_MS = 20;
const PROGRESS_MS = 250;

/** Sends the scenario from its beginning, again and again, at an even pace. Rejects with a `TargetError` of the sender. */
export async function sendLoad(scenario: Scenario, sender: Sender, plan: LoadPlan, host: LoadHost): Promise<Sent> {
  const times = new Uint32Array(scenario.datagrams.length);
  const startMs = host.monotonicMs();
  const pace = new Pace(plan.datagramsPerSecond, startMs, CATCH_UP_MS);
  let datagrams = 0;
  let at = 0;
  let progressMs = startMs + PROGRESS_MS;
  let nowMs = startMs;
  while (datagrams < plan.datagramsMax && nowMs < startMs + plan.durationMs && host.signal?.aborted !== true) {
    const burst = Math.min(pace.due(nowMs), BURST_MAX, plan.datagramsMax - datagrams, times.length - at);
    const answer = burst === 0 ? 0 : sender.send(at, burst, times);
    const taken = typeof answer === "number" ? answer : await answer;
    pace.spend(taken);
    datagrams += taken;
    at = (at + taken) % times.length;
    await (taken === 0 ? host.pause() : host.breathe());
    nowMs = host.monotonicMs();
    if (nowMs >= progressMs) {
      host.onProgress?.({ datagrams, elapsedMs: nowMs - startMs });
      progressMs = nowMs + PROGRESS_MS;
    }
  }
  const bytes = scenario.datagrams.reduce((sum, { length }, i) => sum + length * (times[i] as number), 0);
  return { times, datagrams, lines: scenario.lines(times), bytes, seconds: (nowMs - startMs) / 1_000 };
}
