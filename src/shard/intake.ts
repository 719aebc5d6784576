import { createTally } from "../core/tally.ts";
import type { Tally } from "../core/tally.ts";
import { createPolicy } from "../policy/policy.ts";
import type { Sink } from "../transport/transport.ts";
import { createBinder } from "./binder.ts";
import { createCounters } from "./counters.ts";
import { PART_BYTES } from "./limits.ts";
import type { ShardDelta, ShardOptions } from "./message.ts";
import { buildParts } from "./parts.ts";
import { buildTraffic } from "./traffic.ts";

/** A shard without its thread and its sockets: bytes go in, parts of drains come out. */
export interface Intake extends Sink {
  readonly received: { readonly datagrams: number };
  /**
   * Takes what has gathered, in parts of about a mebibyte or a few hundred new series, and hands each to `post`, which owns it from then on. Between
   * parts it waits for `pause`, in which bytes may be taken.
   */
  drain(id: number, post: (delta: ShardDelta) => void, pause: () => Promise<void>): Promise<void>;
}

/** `nowMs` answers Unix milliseconds. */
export function createIntake(options: ShardOptions, nowMs: () => number): Intake {
  const received = createCounters(options.counters);
  let senderAddress = "";
  let senderPort = 0;
  let drains = 0;
  let clockMs = 0;
  const binder = createBinder({
    policy: createPolicy(options.policy),
    tally: () => tally,
    seriesMax: options.seriesMax,
    nowMs,
    sender: () => (senderAddress === "" ? "" : formatSender(senderAddress, senderPort)),
  });
  const tally: Tally = createTally(options, binder);

  /** The tally's time never goes back, whatever is done to the machine's clock. */
  function setClock(): void {
    clockMs = Math.max(clockMs, nowMs());
    tally.setClock(clockMs);
  }

  return {
    received,
    take(bytes, address, port) {
      senderAddress = address;
      senderPort = port;
      received.datagrams++;
      received.bytes += bytes.length;
      tally.heap.set(bytes, tally.inputOffset);
      setClock();
      tally.ingest(tally.inputOffset, bytes.length);
      received.lines = tally.lines;
    },

    async drain(id, post, pause) {
      setClock();
      const hand = (part: Partial<ShardDelta>): void => buildParts(binder.take(), { id, ...part }).forEach(post);
      // A drain takes what had gathered when it began, so it ends however much traffic there is.
      for (let bytes = tally.drain(PART_BYTES); bytes.length > 0; bytes = tally.drain(PART_BYTES)) {
        hand({ bytes });
        await pause();
      }
      // Only cells whose numbers are gone may be forgotten, so this comes after the last part; and nothing is taken
      // between it and the post, so that a number that is given away again is defined in a later delta than this.
      const forgotten: number[] = [];
      const onForgotten = (cell: number): void => {
        forgotten.push(cell);
        binder.forget(cell);
      };
      tally.sweep(options.idleMs, onForgotten, binder.hasRoom());
      drains++;
      const traffic = buildTraffic({ counters: tally.counters(), received, withheld: binder.withheld, drains });
      hand({ last: true, forgotten, traffic, memory: tally.memory() });
    },
  };
}

function formatSender(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
