import type { Tally } from "../core/tally.ts";
import type { StreamRejectReason } from "../model/reject.ts";
import type { Definition } from "../model/series.ts";
import type { Binder } from "./binder.ts";
import type { Received } from "./counters.ts";
import { PART_BYTES } from "./limits.ts";
import { NO_DRAIN } from "./message.ts";
import type { ShardDelta } from "./message.ts";
import type { Senders } from "./senders.ts";
import { buildTraffic } from "./traffic.ts";

/** What a part lacks unless it is given. */
const NOTHING = {
  type: "delta",
  last: false,
  definitions: [],
  forgotten: [],
  bytes: new Uint8Array(0),
  specials: [],
  rejects: [],
  traffic: undefined,
  memory: undefined,
  transports: undefined,
  relay: undefined,
  senders: undefined,
} as const satisfies Omit<ShardDelta, "id">;

/** A part of no drain: cells whose numbers come with a later one. */
export function announcement(definitions: readonly Definition[]): ShardDelta {
  return { ...NOTHING, id: NO_DRAIN, definitions };
}

/**
 * Takes what has gathered, in parts that are each quick to write and to merge, and hands each to `post`, which owns it
 * from then on. Between parts it waits for `pause`, in which bytes may be taken.
 */
export type Drain = (id: number, post: (delta: ShardDelta) => void, pause: () => Promise<void>) => Promise<void>;

export interface DrainOptions {
  readonly tally: Tally;
  readonly binder: Binder;
  readonly senders: Senders;
  readonly received: Received;
  /** Lines that the core never saw. */
  readonly refused: Readonly<Record<StreamRejectReason, number>>;
  /** A series or key that is idle longer is forgotten, in milliseconds. */
  readonly idleMs: number;
  readonly setClock: () => void;
}

export function createDrain({ tally, binder, senders, received, refused, idleMs, setClock }: DrainOptions): Drain {
  let drains = 0;

  /** Only cells whose numbers are gone may be forgotten. */
  function forget(): number[] {
    const forgotten: number[] = [];
    const onForgotten = (cell: number): void => {
      forgotten.push(cell);
      binder.forget(cell);
    };
    tally.sweep(idleMs, onForgotten, binder.hasRoom());
    return forgotten;
  }

  return async (id, post, pause) => {
    setClock();
    const { gathering } = binder;
    const hand = (part: Partial<ShardDelta>): void => post({ ...NOTHING, id, ...gathering.take(), ...part });
    // A drain takes what had gathered when it began, so it ends however much traffic there is; definitions come first, because
    // the numbers need them.
    let bytes = tally.drain(PART_BYTES);
    binder.gatherExemplars();
    const due = gathering.added;
    while (gathering.taken < due && gathering.isMoreThanPiece) {
      hand({});
      await pause();
    }
    for (; bytes.length > 0; bytes = tally.drain(PART_BYTES)) {
      hand({ bytes });
      await pause();
    }
    // Nothing is taken between this and the post, and nothing is left to define, so that a number that is given away again is
    // defined in a later delta than this.
    const forgotten = gathering.isMoreThanPiece ? [] : forget();
    drains++;
    const { withheld, noted } = binder;
    const traffic = buildTraffic({ counters: tally.counters(), received, withheld, noted, refused, drains });
    hand({ last: true, forgotten, traffic, memory: tally.memory(), senders: senders.summaryIfDue() });
  };
}
