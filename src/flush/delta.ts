import type { Special } from "../model/event.ts";
import type { Definition } from "../model/series.ts";
import type { RejectExample, TallyMemory, Traffic } from "../model/status.ts";

/** One part of what a shard hands over; `shard/message.ts` sends it and says more. */
export interface Delta {
  /** Cells whose numbers begin in this or a later part. */
  readonly definitions: readonly Definition[];
  /** Cells that are void once this part was merged. */
  readonly forgotten: readonly number[];
  readonly bytes: Uint8Array;
  readonly specials: readonly Special[];
  readonly rejects: readonly RejectExample[];
  /** The shard's totals since it was started; on the last part of a drain only. */
  readonly traffic: Traffic | undefined;
  readonly memory: TallyMemory | undefined;
}

/** What a shard that died had received since it was started. */
export interface Received {
  readonly datagrams: number;
  readonly bytes: number;
  readonly lines: number;
}
