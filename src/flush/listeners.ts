import type { ListenerCounts, TransportReading } from "../model/transport.ts";
import { TRANSPORT_COUNTERS } from "../model/transport.ts";
import type { TransportCounter, TransportCounters } from "../model/transport.ts";

/** What the listeners of all shards have counted, over the deaths of shards too. */
export interface ListenerBook {
  take(shard: number, readings: readonly TransportReading[]): void;
  /** A shard died: its connections are gone, what it had counted stays. */
  bury(shard: number): void;
  status(): readonly ListenerCounts[];
}

/** The one that says "now"; all others only rise. */
const NOW: TransportCounter = "connections_open";

export function createListenerBook(): ListenerBook {
  /** By URL, since all shards share a port; what dead shards left. */
  const before = new Map<string, TransportCounters>();
  const current = new Map<number, readonly TransportReading[]>();

  return {
    take: (shard, readings) => void current.set(shard, readings),
    bury(shard) {
      for (const { url, counters } of current.get(shard) ?? []) {
        before.set(url, sum([before.get(url), { ...counters, [NOW]: 0 }]));
      }
      current.delete(shard);
    },
    status() {
      const readings = [...current.values()].flat();
      const urls = new Set([...before.keys(), ...readings.map(({ url }) => url)]);
      return [...urls].map((url) => {
        const alive = readings.filter((reading) => reading.url === url).map(({ counters }) => counters);
        return { url, counters: sum([before.get(url), ...alive]) };
      });
    },
  };
}

function sum(parts: readonly (TransportCounters | undefined)[]): TransportCounters {
  const total = (name: TransportCounter): number => parts.reduce((all, part) => all + (part?.[name] ?? 0), 0);
  return Object.fromEntries(TRANSPORT_COUNTERS.map((name) => [name, total(name)])) as TransportCounters;
}
