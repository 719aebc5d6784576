import type { Status, Traffic } from "../model/status.ts";

/** Per second, between the last two times that it was told the totals. */
export interface Rates {
  take(totals: Traffic, monotonicMs: number): void;
  read(): Status["rates"];
}

const NONE: Status["rates"] = { datagrams: 0, lines: 0, bytes: 0 };
/** Drains that come close together (a scrape just after the last drain) would show noise: they are taken together. */
const APART_MS_MIN = 500;

export function createRates(): Rates {
  let last: { readonly totals: Traffic; readonly atMs: number } | undefined;
  let rates = NONE;
  return {
    take(totals, monotonicMs) {
      const elapsedMs = monotonicMs - (last?.atMs ?? -Infinity);
      if (elapsedMs < APART_MS_MIN) return;
      if (last !== undefined) {
        const { totals: before } = last;
        const perSecond = (now: number, then: number): number => ((now - then) / elapsedMs) * 1_000;
        rates = {
          datagrams: perSecond(totals.datagrams, before.datagrams),
          lines: perSecond(totals.lines, before.lines),
          bytes: perSecond(totals.bytes, before.bytes),
        };
      }
      last = { totals, atMs: monotonicMs };
    },
    read: () => rates,
  };
}
